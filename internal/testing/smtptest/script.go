// Package smtptest is an SMTP server to test a sender against. It is strict about the protocol,
// does what its script says (refuse, delay, drop), and remembers everything: what it accepted, how
// often, and the last answer that each recipient got.
//
// It uses the standard library only, runs inside a test (Start) or as a program of its own
// (New, ListenAndServe, Control), and is not meant for real mail.
package smtptest

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Script says how the server misbehaves. It can be changed at run time and written as JSON.
type Script struct {
	// Rules are tried in order; the first one that matches answers. Without a match all is well.
	Rules []Rule `json:"rules,omitempty"`
	// MessagesPerConnection makes MAIL answer 421 and hang up after so many accepted messages.
	// 0 means no limit.
	MessagesPerConnection int `json:"messagesPerConnection,omitempty"`
	// Without hides EHLO keywords beside those of Config.Without, STARTTLS and AUTH too.
	Without []string `json:"without,omitempty"`
	// DataForNobody answers 354 to DATA after every RCPT was refused, which RFC 2920 section 3.1
	// allows; the message that follows gets 554.
	DataForNobody bool `json:"dataForNobody,omitempty"`
	// LogFlights keeps what Flights returns.
	LogFlights bool `json:"logFlights,omitempty"`
}

// Phase is where a rule acts.
type Phase string

const (
	Connect  Phase = "connect" // instead of the greeting
	EHLO     Phase = "ehlo"
	StartTLS Phase = "starttls"
	Auth     Phase = "auth"
	Mail     Phase = "mail"
	Rcpt     Phase = "rcpt"
	Data     Phase = "data" // instead of 354
	Body     Phase = "body" // after the first octets of the body
	Dot      Phase = "dot"  // after the final dot
	Reset    Phase = "rset" // RSET; the transaction is forgotten whatever the reply
)

// Rule is a condition and what happens then. A rule with Recipient, Domain, Glob or Regexp holds
// from RCPT on, and only for recipients that meet all the given ones.
type Rule struct {
	Phase     Phase  `json:"phase,omitempty"`     // default "rcpt"
	Recipient string `json:"recipient,omitempty"` // the whole address, letter case ignored
	Domain    string `json:"domain,omitempty"`    // what follows the last @
	Glob      string `json:"glob,omitempty"`      // as path.Match, over the whole address in lower case
	Regexp    string `json:"regexp,omitempty"`    // found anywhere in the address in lower case
	// First limits the rule to the first so many times per recipient (or in all, where the phase
	// knows no recipient): greylisting. 0 means always.
	First int `json:"first,omitempty"`
	// Skip lets so many times pass before, counted in the same way.
	Skip int `json:"skip,omitempty"`

	Code     int      `json:"code,omitempty"`     // reply code; 0: the usual reply
	Enhanced string   `json:"enhanced,omitempty"` // for example "5.1.1"
	Text     string   `json:"text,omitempty"`     // "\n" makes a reply of several lines
	Delay    Duration `json:"delay,omitempty"`    // before anything else
	Drop     Drop     `json:"drop,omitempty"`
	How      How      `json:"how,omitempty"` // together with Drop
	// Raw is written as it stands, line ends too, instead of a reply. Without Drop the client's next
	// command is read then, so that a reply that never ends looks like one.
	Raw string `json:"raw,omitempty"`
}

// Drop says when the connection is lost.
type Drop string

const (
	DropBefore Drop = "before" // instead of the reply; at the dot, the message is not kept
	DropStored Drop = "stored" // at the dot: the message is kept, then closed without a reply
	DropAfter  Drop = "after"  // right after the reply
)

// How says in what manner the connection is lost.
type How string

const (
	HowClose  How = "close"  // closed; the default
	HowReset  How = "reset"  // TCP RST
	HowSilent How = "silent" // stays open, listens and never answers again
)

// Duration is written like "250ms" in JSON.
type Duration time.Duration

// MarshalJSON implements json.Marshaler.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// UnmarshalJSON implements json.Unmarshaler.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("a duration is a string like \"250ms\": %w", err)
	}
	v, err := time.ParseDuration(s)
	*d = Duration(v)
	return err
}

// engine is a script made ready, with its counters.
type engine struct {
	mu       sync.Mutex
	script   Script
	patterns []*regexp.Regexp
	seen     map[string]int
}

func compile(s Script) (*engine, error) {
	e := &engine{script: s, patterns: make([]*regexp.Regexp, len(s.Rules)), seen: map[string]int{}}
	for i, r := range s.Rules {
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("rule %d: %w", i, err)
		}
		if r.Regexp == "" {
			continue
		}
		p, err := regexp.Compile(r.Regexp)
		if err != nil {
			return nil, fmt.Errorf("rule %d: %w", i, err)
		}
		e.patterns[i] = p
	}
	return e, nil
}

func (r Rule) check() error {
	switch r.Phase {
	case "", Connect, EHLO, StartTLS, Auth, Mail, Rcpt, Data, Body, Dot, Reset:
	default:
		return fmt.Errorf("unknown phase %q", r.Phase)
	}
	switch r.Drop {
	case "", DropBefore, DropStored, DropAfter:
	default:
		return fmt.Errorf("unknown drop %q", r.Drop)
	}
	switch r.How {
	case "", HowClose, HowReset, HowSilent:
	default:
		return fmt.Errorf("unknown how %q", r.How)
	}
	switch {
	case r.How != "" && r.Drop == "":
		return fmt.Errorf("how %q needs a drop", r.How)
	case r.First < 0 || r.Skip < 0:
		return errors.New("first and skip are numbers from 0 on")
	}
	if r.Code != 0 && (r.Code < 200 || r.Code > 599) {
		return fmt.Errorf("code %d is not between 200 and 599", r.Code)
	}
	_, err := path.Match(r.Glob, "")
	return err
}

// find returns the rule for a phase and the recipients known by then; the zero Rule if none.
func (e *engine) find(phase Phase, rcpts ...string) (Rule, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(rcpts) == 0 {
		rcpts = []string{""}
	}
	for i, r := range e.script.Rules {
		at := r.Phase
		if at == "" {
			at = Rcpt
		}
		if at != phase {
			continue
		}
		for _, rcpt := range rcpts {
			if e.holds(i, strings.ToLower(rcpt)) {
				return r, true
			}
		}
	}
	return Rule{}, false
}

func (e *engine) holds(i int, rcpt string) bool {
	r := e.script.Rules[i]
	if r.Recipient != "" && !strings.EqualFold(r.Recipient, rcpt) {
		return false
	}
	if r.Domain != "" && !strings.EqualFold(r.Domain, rcpt[strings.LastIndexByte(rcpt, '@')+1:]) {
		return false
	}
	if r.Glob != "" {
		if ok, _ := path.Match(strings.ToLower(r.Glob), rcpt); !ok {
			return false
		}
	}
	if e.patterns[i] != nil && !e.patterns[i].MatchString(rcpt) {
		return false
	}
	if r.First == 0 && r.Skip == 0 {
		return true
	}
	key := fmt.Sprintf("%d %s", i, rcpt)
	e.seen[key]++
	n := e.seen[key]
	return n > r.Skip && (r.First == 0 || n <= r.Skip+r.First)
}
