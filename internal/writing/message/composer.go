package message

import (
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"crier.dev/crier/internal/recipients/address"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/dkim"
)

// Composer makes the messages of one run. It is safe for concurrent use.
type Composer struct {
	frozen   Frozen
	from     *mail.Address
	replyTo  []*mail.Address
	variants []variant // one for each list
	files    files
	bounce   string // domain of envelope senders
	idDomain string
	signing  atomic.Pointer[signing]
}

// NewComposer checks f, compiles its templates and encodes its attachments
// once for all recipients. f.Key must not be changed afterwards.
func NewComposer(f Frozen) (*Composer, error) {
	if f.Version < OldestVersion || f.Version > FrozenVersion {
		return nil, fmt.Errorf("frozen message has version %d, this release reads versions %d to %d", f.Version, OldestVersion, FrozenVersion)
	}
	if len(f.Key) != KeySize {
		return nil, fmt.Errorf("key has %d octets, want %d", len(f.Key), KeySize)
	}
	c := &Composer{frozen: f}
	for _, step := range []func() error{
		c.useEnvelope, c.usePeople, c.useLists, c.useFiles, c.useContent, c.useSelectors,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// useContent compiles what each list's members read. Lists that say the same
// share it.
func (c *Composer) useContent() error {
	compiled, planner := map[content.Source]*content.Templates{}, planner{}
	for i, of := range c.frozen.Sources() {
		v := &c.variants[i]
		if c.frozen.Literal {
			// What isn't UTF-8 couldn't be declared as anything.
			v.literal = content.Source{
				Subject: of.Subject, Text: strings.ToValidUTF8(of.Text, "\ufffd"), HTML: strings.ToValidUTF8(of.HTML, "\ufffd"),
			}
			if err := checkLiteral(of); err != nil {
				return err
			}
			continue
		}
		t, ok := compiled[of]
		if !ok {
			var err error
			if t, err = content.Compile(of, nil); err != nil {
				return err
			}
			compiled[of] = t
		}
		v.templates, v.blanks = t, newBlanks(v.frozen, of)
		planner.usePlans(v)
	}
	return nil
}

func checkLiteral(f content.Source) error {
	switch {
	case strings.TrimSpace(f.Subject) == "" || controls(f.Subject):
		return errors.New("subject is empty or has control characters")
	case f.Text == "" && f.HTML == "":
		return errors.New("message has no body")
	case strings.ContainsRune(f.Text+f.HTML, 0):
		return errors.New("body has a NUL character")
	}
	return nil
}

// Compose makes the message for one recipient, signed with what UseKeys was
// given. shard and index are its place in the run; date is the same in every
// retry. An error is a *content.Refused if it concerns this recipient alone;
// any other concerns the run, among them *KeyMissing. The message lives in s
// until s is used again, and large files aren't copied: they are in
// Message.Rest. Without s, it has memory of its own, and is in one piece.
func (c *Composer) Compose(s *Scratch, r roster.Subscriber, shard, index int, date time.Time) (Message, error) {
	signer, err := c.signer()
	if err != nil {
		return Message{}, err
	}
	return c.compose(s, signer, r, shard, index, date)
}

// Draft is Compose without a signature: for looking at a message, never for
// sending it.
func (c *Composer) Draft(s *Scratch, r roster.Subscriber, shard, index int, date time.Time) (Message, error) {
	return c.compose(s, nil, r, shard, index, date)
}

func (c *Composer) compose(s *Scratch, signer *dkim.Signer, r roster.Subscriber, shard, index int, date time.Time) (Message, error) {
	if s == nil {
		m, err := c.compose(new(Scratch), signer, r, shard, index, date)
		return m.inOnePiece(), err
	}
	if shard < 0 || shard > maxShard || index < 0 || index > maxIndex {
		return Message{}, fmt.Errorf("shard %d, index %d are out of range", shard, index)
	}
	list, err := c.variant(r.List)
	if err != nil {
		return Message{}, err
	}
	to, err := address.Parse(r.Email)
	if err != nil {
		return Message{}, &content.Refused{Part: "address", Reason: err.Error()}
	}
	if controls(r.Name) || len(r.Name) > maxName {
		return Message{}, &content.Refused{Part: "name", Reason: "the recipient's name is too long or has control characters"}
	}
	leave, err := list.leaving(to.Spelled, r.Attributes)
	if err != nil {
		return Message{}, err
	}
	if err := c.render(s, list, r, to, leave.url); err != nil {
		return Message{}, err
	}
	mailbox, err := mailbox(r.Name, to)
	if err != nil {
		return Message{}, &content.Refused{Part: "address", Reason: "it can't be written into a header"}
	}
	id := identity(s.keyed(c), c.frozen.Generation, to.Key)
	m := Message{
		EnvelopeFrom: c.envelopeFrom(s, shard, index),
		EnvelopeTo:   to.Spelled,
		UTF8:         to.NeedsUTF8,
		MessageID:    id + "@" + c.idDomain,
		EnvelopeID:   id,
	}
	v := variable{date: date, id: "<" + m.MessageID + ">", subject: s.content.Subject, to: mailbox, leave: leave}
	m.Data, m.Rest, err = c.write(s, signer, list.skeleton, v, id, date)
	return m, err
}

// inOnePiece has no Rest.
func (m Message) inOnePiece() Message {
	if len(m.Rest) > 0 {
		m.Data = slices.Concat(append([][]byte{m.Data}, m.Rest...)...)
		m.Rest = nil
	}
	return m
}

// render leaves the subject in s.content, and each body there or in what its
// plan made.
func (c *Composer) render(s *Scratch, list *variant, r roster.Subscriber, to address.Address, leave string) error {
	b := &s.content
	s.text.made, s.html.made = false, false
	if list.templates == nil {
		b.Subject = list.literal.Subject
		b.Text, b.HTML = append(b.Text[:0], list.literal.Text...), append(b.HTML[:0], list.literal.HTML...)
		return nil
	}
	if err := b.Begin(content.Data{Name: r.Name, Email: to.Spelled, Attributes: r.Attributes, UnsubscribeURL: leave}); err != nil {
		return err
	}
	if err := list.templates.RenderSubject(b, list.plans.subject); err != nil {
		return err
	}
	if !list.plans.text.write(&s.text, b.Recipient()) {
		if err := list.templates.RenderText(b); err != nil {
			return err
		}
	}
	if !list.plans.html.write(&s.html, b.Recipient()) {
		if err := list.templates.RenderHTML(b); err != nil {
			return err
		}
	}
	if err := list.blanks.prune(b, leave); err != nil {
		return err
	}
	b.Text, b.HTML = list.footer.addText(b.Text, leave), list.footer.addHTML(b.HTML, leave)
	return nil
}

// write assembles the message. Signatures come before the header, and are made
// when the body is there: room is left for them.
func (c *Composer) write(s *Scratch, signer *dkim.Signer, skeleton []segment, v variable, unique string, date time.Time) (data []byte, rest [][]byte, err error) {
	b := c.body(s, unique)
	v.contentType, v.encoding = b.fields()
	gap := 0
	if signer != nil {
		gap = signer.MaxSize()
	}
	data = slices.Grow(s.data[:0], gap)[:gap]
	data = appendHeader(data, skeleton, v)
	header := len(data)
	data = b.appendTo(append(data, "\r\n"...))
	s.data, s.cuts = data, b.cuts
	if len(b.cuts) > 0 {
		s.rest = pieces(s.rest[:0], data, b.cuts)
		data, rest = data[:b.cuts[0].at], s.rest
	}
	if signer == nil {
		return data, rest, nil
	}
	s.signed, err = signer.Append(s.signed[:0], &s.dkim, data[gap:header], data[header+len("\r\n"):], date, rest...)
	if err != nil {
		return nil, nil, err
	}
	begin := gap - len(s.signed)
	copy(data[begin:gap], s.signed)
	return data[begin:], rest, nil
}

func (c *Composer) envelopeFrom(s *Scratch, shard, index int) string {
	if c.frozen.BounceMode != BounceVERP {
		return c.frozen.BounceTag + "@" + c.bounce
	}
	token := sealBounce(s.keyed(c), shard, index, c.frozen.Generation)
	return c.frozen.BounceTag + "+" + token + "@" + c.bounce
}
