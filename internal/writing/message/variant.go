package message

import (
	"fmt"

	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/unsubscribe"
)

// maxLists bounds the lists of one message.
const maxLists = 100

// variant is what differs between the lists of a message.
type variant struct {
	fixed    [][2]string // headers that are the same for everybody
	skeleton []segment
	footer   footer
	// ways to leave the list; ownWays says that they differ between recipients,
	// and leave is the way if not.
	ways    []unsubscribe.Way
	ownWays bool
	leave   leaving
	// templates of subject and bodies; nil if the content is literal.
	templates *content.Templates
	plans     plans
	literal   content.Source
	blanks    blanks
	frozen    Frozen // with what this list has of its own
}

// useLists prepares headers and footers: one variant for each list, or the one
// that there is.
func (c *Composer) useLists() error {
	if len(c.frozen.Lists) > maxLists {
		return fmt.Errorf("the message has %s; it can have at most %s", words.Count(len(c.frozen.Lists), "list"), words.Number(maxLists))
	}
	if len(c.frozen.Lists) == 0 {
		return c.useList(c.frozen)
	}
	for i, l := range c.frozen.Lists {
		f := c.frozen
		f.ListID, f.ListName, f.Footer = l.ListID, l.ListName, l.Footer
		f.ListUnsubscribe, f.Leave = l.ListUnsubscribe, l.Leave
		f.FooterInHTML, f.FooterInText = l.FooterInHTML, l.FooterInText
		if err := c.useList(f); err != nil {
			return fmt.Errorf("list %d: %w", i+1, err)
		}
	}
	return nil
}

func (c *Composer) useList(f Frozen) error {
	fixed, err := headers(f)
	if err != nil {
		return err
	}
	v := variant{fixed: fixed, footer: newFooter(f), frozen: f}
	if v.ways, err = waysToLeave(f); err != nil {
		return err
	}
	v.ownWays = personal(v.ways)
	if len(f.ListUnsubscribe) > 0 {
		v.leave.url = f.ListUnsubscribe[0]
	}
	if v.skeleton, err = c.skeleton(fixed, v.ownWays); err != nil {
		return err
	}
	if f.FooterInHTML {
		v.footer.html = part{}
	}
	if f.FooterInText {
		v.footer.text = part{}
	}
	c.variants = append(c.variants, v)
	return nil
}

// variant is that of the list which a recipient is on. Without several lists
// there is one.
func (c *Composer) variant(list int) (*variant, error) {
	if list < 0 || list >= len(c.variants) {
		return nil, fmt.Errorf("a recipient is on list %d, the message has %d", list, len(c.variants))
	}
	return &c.variants[list], nil
}
