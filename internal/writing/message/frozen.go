// Package message composes one RFC 5322 message from content that was frozen
// when a broadcast started and one recipient. The same input always gives the
// same bytes, so that a retry is the same message.
package message

import (
	"slices"

	"crier.dev/crier/internal/writing/content"
)

// FrozenVersion is the version of Frozen that this package writes. It reads
// those from OldestVersion on: a message that was frozen before an upgrade is sent
// after it.
const (
	FrozenVersion = 1
	OldestVersion = 1
)

// Values of Frozen.BounceMode.
const (
	// BounceFixed uses one envelope sender for everybody.
	BounceFixed = "Fixed"
	// BounceVERP gives every recipient an envelope sender of its own, so that a
	// bounce says whose it is.
	BounceVERP = "VERP"
)

// Mailbox is a display name, which may be empty, and an address.
type Mailbox struct {
	Name    string `json:"name,omitempty"`
	Address string `json:"address"`
}

// Attachment is a file that goes with every copy.
type Attachment struct {
	// Name is the file name as people see it; at most 150 octets, no slashes.
	Name string `json:"name"`
	// ContentType is a media type (RFC 2045), not multipart or message. If it
	// is empty, the ending of the name decides: see TypeOf.
	ContentType string `json:"contentType"`
	// ContentID makes it a file within the HTML, which refers to it as
	// cid:<ContentID> (RFC 2392): 1 to 60 letters, digits, dots, hyphens and
	// underscores. It stands as it is in the Content-ID field, without an @ and
	// a domain: Gmail and Outlook write theirs like that too, so readers know
	// it, and what an author wrote needs no change. Without a HTML body the file
	// is an attachment like any other.
	ContentID string `json:"contentID,omitempty"`
	Data      []byte `json:"data"`
	// Detached says that Data is kept beside the message, not in it. It has to
	// be put back before anything is composed.
	Detached bool `json:"detached,omitempty"`
}

// Calendar is an event that people can put into their calendars.
type Calendar struct {
	// Data is an iCalendar object (RFC 5545) with CRLF line ends.
	Data []byte `json:"data"`
	// Method is what its METHOD property says, such as PUBLISH (RFC 5546).
	Method string `json:"method"`
}

// List is what differs between the lists of a message that goes to several.
// Whoever is on more than one of them gets one copy, as a member of one.
type List struct {
	// ListID, ListName, ListUnsubscribe, Leave and Footer are as in Frozen.
	ListID          string   `json:"listID,omitempty"`
	ListName        string   `json:"listName,omitempty"`
	ListUnsubscribe []string `json:"listUnsubscribe,omitempty"`
	Leave           bool     `json:"leave,omitempty"`
	Footer          string   `json:"footer,omitempty"`

	// Subject is the one for this list; that of Frozen if it is empty, which it
	// is in what releases before this field have frozen.
	Subject string `json:"subject,omitempty"`
	// Text and HTML are the bodies for this list; those of Frozen where both
	// are empty.
	Text string `json:"text,omitempty"`
	HTML string `json:"html,omitempty"`
	// FooterInHTML and FooterInText are about these bodies.
	FooterInHTML bool `json:"footerInHTML,omitempty"`
	FooterInText bool `json:"footerInText,omitempty"`
}

// Selector names a DKIM key: the d= and s= tags of a signature (RFC 6376
// section 3.5).
type Selector struct {
	Domain   string `json:"domain"`
	Selector string `json:"selector"`
}

// Frozen is everything of a message that doesn't depend on the recipient. It
// is kept, as JSON, for as long as a run can send.
type Frozen struct {
	Version int `json:"version"`
	// Hash is that of what is said, as it was before it was written for one
	// run: see Hash. A message that was marked as a test has the hash of the
	// one it is a copy of. Empty for reports, and in messages of old.
	Hash string `json:"hash,omitempty"`

	Subject string `json:"subject"`
	Text    string `json:"text,omitempty"`
	HTML    string `json:"html,omitempty"`
	// Literal says that subject and bodies are sent as they are: they aren't
	// templates.
	Literal bool `json:"literal,omitempty"`

	// Footer says why one gets this message: plain text, added to both bodies.
	Footer string `json:"footer,omitempty"`
	// FooterInHTML and FooterInText say that a body already has what the footer
	// says, at a place of its own: none is added to it.
	FooterInHTML bool `json:"footerInHTML,omitempty"`
	FooterInText bool `json:"footerInText,omitempty"`

	From    Mailbox   `json:"from"`
	ReplyTo []Mailbox `json:"replyTo,omitempty"`

	// ListID is the domain-like identifier of RFC 2919, without brackets;
	// empty for mail that isn't of a list.
	ListID   string `json:"listID,omitempty"`
	ListName string `json:"listName,omitempty"`
	// ListPostNO says that nobody may post (RFC 2369 section 3.4).
	ListPostNO bool `json:"listPostNO,omitempty"`
	// ListUnsubscribe are https: and mailto: targets, most wanted first.
	ListUnsubscribe []string `json:"listUnsubscribe,omitempty"`
	// Leave says that fields of the recipient may stand in https targets (see
	// package unsubscribe), that the footer ends with the first target, and that
	// List-Unsubscribe-Post goes with one that has fields only (RFC 8058 section
	// 3.1: the URI says whom the request is about). It is false in what releases
	// before this field have frozen: their footer has the target in it, and any
	// https target is offered for one click.
	Leave bool `json:"leave,omitempty"`
	// Lists are what takes the place of ListID, ListName, ListUnsubscribe,
	// Leave and Footer if there are several lists: each recipient says which one it is on
	// (roster.Subscriber.List).
	Lists []List `json:"lists,omitempty"`

	MessageIDDomain string `json:"messageIDDomain"`
	BounceDomain    string `json:"bounceDomain"`
	// BounceTag begins the local part of the envelope sender: at most
	// MaxVERPTag octets with VERP, else MaxBounceLocal.
	BounceTag  string `json:"bounceTag"`
	BounceMode string `json:"bounceMode"`

	// AutoSubmitted is empty for what a person wrote and "auto-generated" for
	// reports (RFC 3834 section 5).
	AutoSubmitted string `json:"autoSubmitted,omitempty"`

	// Generation counts the times that the whole audience is sent to anew; it
	// changes every Message-ID.
	Generation int `json:"generation"`
	// Key is the secret of this run, 32 random octets.
	Key []byte `json:"key"`

	// DKIM says which keys sign every copy. Without any, none is signed.
	DKIM []Selector `json:"dkim,omitempty"`

	Attachments []Attachment `json:"attachments,omitempty"`
	// Calendar is shown as an event, and attached as invite.ics.
	Calendar *Calendar `json:"calendar,omitempty"`
}

// MarkSubjects puts mark before the subject, whichever list a message is of.
func (f *Frozen) MarkSubjects(mark string) {
	f.Subject = mark + f.Subject
	f.Lists = slices.Clone(f.Lists)
	for i := range f.Lists {
		if f.Lists[i].Subject != "" {
			f.Lists[i].Subject = mark + f.Lists[i].Subject
		}
	}
}

// Sources are the subject and bodies of each list, in the order of Lists, or
// the only ones.
func (f *Frozen) Sources() []content.Source {
	shared := content.Source{Subject: f.Subject, Text: f.Text, HTML: f.HTML}
	if len(f.Lists) == 0 {
		return []content.Source{shared}
	}
	sources := make([]content.Source, 0, len(f.Lists))
	for _, l := range f.Lists {
		of := shared
		if l.Subject != "" {
			of.Subject = l.Subject
		}
		if l.Text+l.HTML != "" {
			of.Text, of.HTML = l.Text, l.HTML
		}
		sources = append(sources, of)
	}
	return sources
}

// Message is one composed message and its envelope.
type Message struct {
	EnvelopeFrom string
	EnvelopeTo   string
	// UTF8 says that the message may only go to a server with SMTPUTF8 (RFC
	// 6531): the recipient's local part isn't ASCII.
	UTF8 bool
	// MessageID is without its angle brackets.
	MessageID string
	// EnvelopeID is for the ENVID parameter of RFC 3461 section 4.4; it needs
	// no encoding as xtext.
	EnvelopeID string
	// Data is the message with CRLF line ends, not dot-stuffed. From ComposeTo
	// it is good until the Scratch is used again.
	Data []byte
	// Rest follows Data, piece by piece: large files, which all messages of a
	// Composer share and nobody may change, and what is between them. Each
	// piece, and Data before it, ends with a line. Compose and Draft leave
	// none: their Data is the whole message.
	Rest [][]byte
}

// Size is the length of the message in octets.
func (m *Message) Size() int {
	size := len(m.Data)
	for _, piece := range m.Rest {
		size += len(piece)
	}
	return size
}
