package message

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"crier.dev/crier/internal/address"
	"crier.dev/crier/internal/content"
	"crier.dev/crier/internal/roster"
)

// Composer makes the messages of one run. It is safe for concurrent use.
type Composer struct {
	frozen      Frozen
	templates   *content.Templates // nil if the content is literal
	from        *mail.Address
	replyTo     []*mail.Address
	fixed       [][2]string // headers that are the same for everybody
	attachments []part
	bounce      string // domain of envelope senders
	idDomain    string
}

// NewComposer checks f, compiles its templates and encodes its attachments
// once for all recipients. f.Key must not be changed afterwards.
func NewComposer(f Frozen) (*Composer, error) {
	if f.Version != FrozenVersion {
		return nil, fmt.Errorf("frozen message has version %d, this program reads version %d", f.Version, FrozenVersion)
	}
	if len(f.Key) != KeySize {
		return nil, fmt.Errorf("key has %d octets, want %d", len(f.Key), KeySize)
	}
	c := &Composer{frozen: f}
	for _, step := range []func() error{c.useEnvelope, c.usePeople, c.useHeaders, c.useAttachments, c.useContent} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *Composer) useContent() error {
	f := c.frozen
	if f.Literal {
		return checkLiteral(f)
	}
	t, err := content.Compile(content.Source{Subject: f.Subject, Text: f.Text, HTML: f.HTML}, nil)
	c.templates = t
	return err
}

func checkLiteral(f Frozen) error {
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

// Compose makes the message for one recipient. shard and index are its place
// in the run; date is the same in every retry. An error is a *content.Refused
// if it concerns this recipient alone; any other concerns the run.
func (c *Composer) Compose(r roster.Subscriber, shard, index int, date time.Time) (Message, error) {
	if shard < 0 || shard > maxShard || index < 0 || index > maxIndex {
		return Message{}, fmt.Errorf("shard %d, index %d are out of range", shard, index)
	}
	to, err := address.Parse(r.Email)
	if err != nil {
		return Message{}, &content.Refused{Part: "address", Reason: err.Error()}
	}
	if controls(r.Name) || len(r.Name) > maxName {
		return Message{}, &content.Refused{Part: "name", Reason: "the recipient's name is too long or has control characters"}
	}
	body, err := c.render(r, to)
	if err != nil {
		return Message{}, err
	}
	id := identity(c.frozen.Key, c.frozen.Generation, to.Key)
	m := Message{
		EnvelopeFrom: c.envelopeFrom(shard, index),
		EnvelopeTo:   to.Spelled,
		UTF8:         to.NeedsUTF8,
		MessageID:    id + "@" + c.idDomain,
		EnvelopeID:   id,
	}
	mailbox, err := toMailbox(Mailbox{r.Name, to.Spelled})
	if err != nil {
		return Message{}, &content.Refused{Part: "address", Reason: "it can't be written into a header"}
	}
	m.Data, err = c.write(m.MessageID, mailbox, body, date)
	return m, err
}

func (c *Composer) render(r roster.Subscriber, to address.Address) (content.Rendered, error) {
	if c.templates == nil {
		return content.Rendered{Subject: c.frozen.Subject, Text: c.frozen.Text, HTML: c.frozen.HTML}, nil
	}
	rendered, err := c.templates.Render(content.Data{Name: r.Name, Email: to.Spelled, Attributes: r.Attributes})
	if err != nil || c.frozen.Footer == "" {
		return rendered, err
	}
	return withFooter(rendered, c.frozen.Footer), nil
}

func (c *Composer) envelopeFrom(shard, index int) string {
	local := c.frozen.BounceTag
	if c.frozen.BounceMode == BounceVERP {
		local += "+" + sealBounce(c.frozen.Key, shard, index, c.frozen.Generation)
	}
	return local + "@" + c.bounce
}
