package message

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"crier.dev/crier/internal/recipients/roster"
)

// manyForms is a message to three lists, two of which have a body of their own,
// with files that are not copied.
func manyForms() Frozen {
	f := plainFrozen()
	f.Subject = "For {{ .Name }} {{ .Attributes.a }}"
	f.Text = "{{ .Name }} {{ .Email }} {{ if .Attributes.a }}{{ .Attributes.a }}{{ else }}none{{ end }}"
	f.HTML = `<p>{{ .Name }} {{ .Email }} <a href="https://example.gov/{{ .Attributes.a }}">here</a></p>`
	f.ListID, f.ListName, f.ListUnsubscribe, f.Footer = "", "", nil, ""
	for i := range 3 {
		f.Lists = append(f.Lists, List{ListID: fmt.Sprintf("l%d.example.gov", i), ListName: fmt.Sprint("L", i), Footer: fmt.Sprint("footer of ", i)})
	}
	f.Lists[1].Text = "only one {{ .Name }}"
	f.Lists[2].HTML = "<html><body>only two {{ .Name }}</body></html>"
	f.Attachments = []Attachment{
		{Name: "a.bin", ContentType: "application/x", Data: bytes.Repeat([]byte("x"), 30000)},
		{Name: "z.txt", ContentType: "text/plain"},
		{Name: "i.png", ContentType: "image/png", ContentID: "i", Data: bytes.Repeat([]byte("y"), 20000)},
	}
	return f
}

// A sender composes each message into the memory of an earlier one, several at
// once: nobody reads what was written to somebody else.
func TestScratchIsNobodyElses(t *testing.T) {
	c, err := NewComposer(manyForms())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			if err := composeInTurns(c, g); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// composeInTurns writes into two scratches by turns, and compares both with
// messages that were composed by themselves.
func composeInTurns(c *Composer, shard int) error {
	r := rand.New(rand.NewPCG(uint64(shard), 1))
	var scratch [2]Scratch
	var last [2]Message
	var want [2]string
	for i := range 400 {
		to := roster.Subscriber{Email: fmt.Sprintf("p%d-%d@example.org", shard, i), Name: strings.Repeat(fmt.Sprintf("N%d", i), 1+r.IntN(40)), List: r.IntN(3)}
		if r.IntN(2) == 0 {
			to.Attributes = map[string]string{"a": strings.Repeat(fmt.Sprintf("v%d é", i), 1+r.IntN(60))}
		}
		m, err := c.Draft(&scratch[i%2], to, shard, i, testDate)
		if err != nil {
			return err
		}
		fresh, err := c.Draft(nil, to, shard, i, testDate)
		if err != nil {
			return err
		}
		last[i%2], want[i%2] = m, string(fresh.Data)
		for k := range want {
			if got := whole(last[k]); want[k] != "" && got != want[k] {
				return fmt.Errorf("message %d of shard %d isn't what it was", i-(i-k)%2, shard)
			}
		}
	}
	return nil
}

// whole is a message in one piece, without touching the pieces.
func whole(m Message) string { return string(m.Data) + string(bytes.Join(m.Rest, nil)) }
