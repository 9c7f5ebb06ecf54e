package outcome

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

// declared reads the constants of type Cause from the source, so that none can be forgotten.
func declared(t *testing.T) []Cause {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "cause.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []Cause
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Cause") {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, Cause(value))
		}
		return true
	})
	return all
}

func TestEveryCauseIsExplained(t *testing.T) {
	all := declared(t)
	if len(all) != len(explained) || len(all) < 20 {
		t.Errorf("%d causes, %d explanations", len(all), len(explained))
	}
	plain := map[string]Cause{}
	for _, c := range all {
		if _, ok := explained[c]; !ok {
			t.Errorf("%s has no words", c)
		}
		for _, s := range []string{c.Plain(), c.Advice()} {
			if !strings.HasSuffix(s, ".") || strings.ToUpper(s[:1]) != s[:1] {
				t.Errorf("%s: not a sentence: %q", c, s)
			}
		}
		if other, ok := plain[c.Plain()]; ok {
			t.Errorf("%s and %s read the same", c, other)
		}
		plain[c.Plain()] = c
	}
	if Cause("from a later release").Plain() != CauseUnclassified.Plain() {
		t.Error("an unknown cause has no words")
	}
}

// Many recipients with the same cause are a sign of trouble with the relay,
// unless the cause is a matter of each address.
func TestCausesAboutOneRecipient(t *testing.T) {
	own := map[Cause]bool{
		"MailboxUnknown": true, "DomainUnknown": true, "MailboxFull": true, "MailboxDisabled": true,
		"AddressSyntax": true, "AddressNotSupported": true, "Greylisted": true, "Unreachable": true, "RenderFailed": true,
		"Unsubscribed": true, "HardBounce": true, "Complaint": true, "Manual": true, "Legal": true,
	}
	for _, c := range declared(t) {
		if c.AboutRecipient() != own[c] {
			t.Errorf("%s is about one recipient: %t, want %t", c, c.AboutRecipient(), own[c])
		}
	}
}

// A used-up quota or a refused login is the same for all senders; what one
// of them met of other things needn't be.
func TestWhatStopsAllSenders(t *testing.T) {
	for _, c := range declared(t) {
		if want := c == "Quota" || c == "AuthenticationFailed"; c.StopsAll() != want {
			t.Errorf("%s stops all: %t, want %t", c, c.StopsAll(), want)
		}
	}
}

func TestAdviceGoesOnInTheSameSentence(t *testing.T) {
	advice := CauseTimeout.Advice()
	if !strings.HasSuffix(advice, " If it keeps happening, "+strings.ToLower(askPlatform[:1])+askPlatform[1:]) {
		t.Errorf("got %q", advice)
	}
}
