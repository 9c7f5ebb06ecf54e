package content

import (
	"fmt"
	htmltemplate "html/template"
	"regexp"
	"slices"
	"strings"
	texttemplate "text/template"
	"text/template/parse"

	"crier.dev/crier/internal/words"
)

// html/template writes ZgotmplZ in place of a value that isn't safe where it
// stands. A reader would get a link to nowhere, and nobody would know. So
// values are looked at before and after its filters: what is known to be safe
// passes, and anything else refuses the recipient.

// Functions around the filters of html/template. Authors can't call them.
const (
	beforeURL   = "safeaddress"
	beforeStyle = "safestyle"
	afterFilter = "unfiltered"
)

// schemes are those that mail programs open, and none that runs code.
var schemes = []string{
	"https", "http", "mailto", "tel", "sms", "cid", "webcal", "webcals", "geo", "sip", "sips", "xmpp",
	"facetime", "msteams", "zoommtg", "whatsapp",
}

// SafeScheme says whether an address may begin with a scheme.
func SafeScheme(scheme string) bool { return slices.Contains(schemes, strings.ToLower(scheme)) }

// unfit says that a value can't stand where the template has it.
type unfit struct{ reason string }

func (u *unfit) Error() string { return u.reason }

// filterFunctions are the functions that guard puts in.
func filterFunctions() texttemplate.FuncMap {
	return texttemplate.FuncMap{beforeURL: safeAddress, beforeStyle: safeStyle, afterFilter: unfiltered}
}

// safeAddress lets an address through, or what has no scheme.
func safeAddress(action string, value any) (htmltemplate.URL, error) {
	s := strings.TrimSpace(fmt.Sprint(value))
	if !linkable(s) {
		return "", &unfit{fmt.Sprintf("the value of %s isn't an address that can be linked: it must begin with https://, http://, mailto:, tel:, sms: or the like", action)}
	}
	return htmltemplate.URL(s), nil //nolint:gosec // that is what was checked
}

// colors are functions of CSS with numbers only.
var colors = regexp.MustCompile(`(?i)^(rgb|rgba|hsl|hsla)\([0-9., %/+-]*(deg|turn|rad)?[0-9., %/+-]*\)$`)

func linkable(s string) bool {
	scheme, _, found := strings.Cut(s, ":")
	return !found || strings.Contains(scheme, "/") || SafeScheme(scheme)
}

// safeStyle lets colors through that have brackets, and leaves the rest to the
// filter of html/template.
func safeStyle(_ string, value any) any {
	s := strings.TrimSpace(fmt.Sprint(value))
	if colors.MatchString(s) {
		return htmltemplate.CSS(s) //nolint:gosec // that is what was checked
	}
	return s
}

// filtered is what the filters of html/template write in place of a value.
const filtered = "ZgotmplZ"

// unfiltered refuses what a filter has replaced.
func unfiltered(action string, value any) (any, error) {
	if s := fmt.Sprint(value); strings.Contains(s, filtered) {
		return nil, &unfit{fmt.Sprintf("the value of %s isn't safe where it stands, in a style, an address or a tag", action)}
	}
	return value, nil
}

const escaper = "_html_template_"

// guard puts functions around the filters in a tree that html/template has
// escaped.
func guard(l *parse.ListNode) {
	eachAction(l, func(n *parse.ActionNode) {
		action := written(n.Pipe)
		var out []*parse.CommandNode
		for _, cmd := range n.Pipe.Cmds {
			name := function(cmd)
			switch name {
			case escaper + "urlfilter":
				out = append(out, around(beforeURL, action, n.Pos))
			case escaper + "cssvaluefilter":
				out = append(out, around(beforeStyle, action, n.Pos))
			}
			out = append(out, cmd)
			switch name {
			case escaper + "urlfilter", escaper + "cssvaluefilter", escaper + "htmlnamefilter", escaper + "srcsetescaper", escaper + "nospaceescaper":
				out = append(out, around(afterFilter, action, n.Pos))
			}
		}
		n.Pipe.Cmds = out
	})
}

func around(name, action string, pos parse.Pos) *parse.CommandNode {
	return &parse.CommandNode{NodeType: parse.NodeCommand, Pos: pos, Args: []parse.Node{
		parse.NewIdentifier(name).SetPos(pos), &parse.StringNode{NodeType: parse.NodeString, Pos: pos, Quoted: fmt.Sprintf("%q", action), Text: action},
	}}
}

// function is the name of what a command calls; "" if it calls nothing.
func function(cmd *parse.CommandNode) string {
	if id, ok := cmd.Args[0].(*parse.IdentifierNode); ok {
		return id.Ident
	}
	return ""
}

// written is an action as its author wrote it, without what escapes it.
func written(p *parse.PipeNode) string {
	var own []string
	for _, cmd := range p.Cmds {
		if strings.HasPrefix(function(cmd), escaper) {
			break
		}
		own = append(own, cmd.String())
	}
	return words.Clip("{{" + strings.Join(own, " | ") + "}}")
}

// eachAction goes over the actions of a tree that print.
func eachAction(l *parse.ListNode, do func(*parse.ActionNode)) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			if len(n.Pipe.Decl) == 0 {
				do(n)
			}
		case *parse.IfNode:
			eachAction(n.List, do)
			eachAction(n.ElseList, do)
		case *parse.WithNode:
			eachAction(n.List, do)
			eachAction(n.ElseList, do)
		}
	}
}

// refusals are places where a field can't stand, by what html/template escapes
// there.
var refusals = map[string]string{
	"jsvalescaper":     "stands in a script or in an attribute such as onclick, which no mail program runs; remove it",
	"jsstrescaper":     "stands in a script or in an attribute such as onclick, which no mail program runs; remove it",
	"jstmpllitescaper": "stands in a script or in an attribute such as onclick, which no mail program runs; remove it",
	"jsregexpescaper":  "stands in a script or in an attribute such as onclick, which no mail program runs; remove it",
	"nospaceescaper":   `stands in an attribute without quotation marks, which breaks where the value is empty; write name="..." around it`,
	"htmlnamefilter":   "stands where the name of a tag or of an attribute is; write the name out, with {{if}} around whole elements",
	"srcsetescaper":    "stands in srcset, where few addresses can be checked; write it in src",
}

// checkEscaped says which fields stand where no value can be made right. data
// are the positions of those in JSON, which html/template escapes as a script.
func checkEscaped(at Place, src string, root *parse.ListNode, data map[parse.Pos]bool) Problems {
	var problems Problems
	eachAction(root, func(n *parse.ActionNode) {
		if len(problems) >= maxProblems {
			return
		}
		if function(n.Pipe.Cmds[0]) == keep {
			if len(n.Pipe.Cmds) != 2 || function(n.Pipe.Cmds[1]) != escaper+"htmlescaper" {
				problems = append(problems, Problem{Place: at.On(lineOf(src, n.Pos)), Message: "a conditional comment begins or ends within a tag; write it around whole tags"})
			}
			return
		}
		if Constant(n.Pipe) {
			return
		}
		for _, cmd := range n.Pipe.Cmds {
			name, is := strings.CutPrefix(function(cmd), escaper)
			inData := strings.HasPrefix(name, "js") && data[n.Pos]
			if message := refusals[name]; is && message != "" && !inData {
				problems = append(problems, Problem{Place: at.On(lineOf(src, n.Pos)), Message: written(n.Pipe) + " " + message})
				return
			}
		}
	})
	return problems
}
