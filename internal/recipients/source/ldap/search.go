package ldap

import (
	"context"
	"errors"

	goldap "github.com/go-ldap/ldap/v3"

	"crier.dev/crier/internal/recipients/source"
)

// entry is one of a directory.
type entry = goldap.Entry

// request is a search.
type request struct {
	base       string
	scope      int
	filter     string
	attributes []string
	pageSize   uint32
}

// noAttributes asks for none (RFC 4511, section 4.5.1.8).
const noAttributes = "1.1"

// buffered is how many entries wait between the library and us: each may have
// maxMessage octets.
const buffered = 1

// errEnough ends a search early without an error.
var errEnough = errors.New("enough")

// each gives every entry to do, page after page. It returns nil only when the
// server has said that the last page is complete. Errors are *source.Problem,
// do's, or of ctx.
func (c *client) each(ctx context.Context, r request, do func(*entry) error) error {
	paging := goldap.NewControlPaging(r.pageSize)
	search := &goldap.SearchRequest{
		BaseDN: r.base, Scope: r.scope, DerefAliases: goldap.NeverDerefAliases,
		Filter: r.filter, Attributes: r.attributes, Controls: []goldap.Control{paging},
	}
	for {
		cookie, err := c.page(ctx, search, do)
		if errors.Is(err, errEnough) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(cookie) == 0 {
			return nil
		}
		paging.SetCookie(cookie)
	}
}

// page reads one page. No cookie means that it was the last. A server that
// doesn't know pages gives everything as one.
func (c *client) page(ctx context.Context, search *goldap.SearchRequest, do func(*entry) error) (cookie []byte, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // the library's part of the search ends with it
	answers := c.conn.SearchAsync(ctx, search, buffered)
	for answers.Next() {
		if e := answers.Entry(); e != nil {
			if err := do(e); err != nil {
				return nil, err
			}
			continue
		}
		// A reference (RFC 4511, section 4.5.3) leads to another server, and
		// is left alone.
		if paging, ok := goldap.FindControl(answers.Controls(), goldap.ControlTypePaging).(*goldap.ControlPaging); ok {
			cookie = paging.Cookie
		}
	}
	switch {
	case answers.Err() != nil:
		return nil, c.refused(answers.Err())
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case c.conn.IsClosing() || c.conn.GetLastError() != nil:
		// The library doesn't say whether the server's last word has come
		// when a connection ends at once, so it is taken as lost.
		return nil, c.lost()
	}
	return cookie, nil
}

// one reads a single entry by its DN.
func (c *client) one(ctx context.Context, dn string, attributes ...string) (*entry, error) {
	var found *entry
	search := &goldap.SearchRequest{
		BaseDN: dn, Scope: goldap.ScopeBaseObject, DerefAliases: goldap.NeverDerefAliases,
		Filter: "(objectClass=*)", Attributes: attributes,
	}
	_, err := c.page(ctx, search, func(e *entry) error {
		found = e
		return nil
	})
	return found, err
}

func (c *client) lost() error {
	if errors.Is(c.frames.err(), errTooLarge) {
		return source.Say(source.TooLarge,
			"%s sends more in one message than can be read (%d values or %d MiB); read a large group with lookup: MemberOf.",
			c.host, maxElements, maxMessage>>20)
	}
	if c.frames.err() != nil {
		return source.Say(source.Unreadable, "%s doesn't answer like a directory (RFC 4511); check the port.", c.host)
	}
	return source.Say(source.Unavailable, "The connection to %s was lost before everything was read.", c.host)
}
