package ldap

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"

	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/recipients/source/remote"
)

// client is a session with a directory, over TLS and logged in.
type client struct {
	conn   *goldap.Conn
	frames *frames
	host   string
	link   net.Conn
	stop   func() bool // lets go of the context
}

// connect opens a session. Nothing but the request for StartTLS ever leaves
// without TLS. The session ends with ctx.
func connect(ctx context.Context, set settings, from source.Host) (*client, error) {
	var login []string
	if set.secret != "" {
		var err error
		if login, err = remote.Credentials(ctx, from, set.secret, "bindDN", "password"); err != nil {
			return nil, err
		}
	}
	opening, cancel := context.WithTimeout(ctx, set.connect)
	defer cancel()
	link, err := from.Guard().DialContext(opening, "tcp", set.address)
	if err != nil {
		return nil, remote.Failed(set.host, err)
	}
	// What the library does can't be cancelled, but ends with the connection.
	stopOpening := context.AfterFunc(opening, func() { link.Close() })
	c := &client{host: set.host, link: link}
	err = c.open(opening, set, link, login)
	if !stopOpening() {
		err = remote.Failed(set.host, context.DeadlineExceeded)
	}
	if err != nil {
		link.Close()
		return nil, err
	}
	c.stop = context.AfterFunc(ctx, func() { link.Close() })
	return c, nil
}

func (c *client) open(ctx context.Context, set settings, link net.Conn, login []string) error {
	if !set.implicit {
		if err := startTLS(link, set.host); err != nil {
			return err
		}
	}
	secured := tls.Client(link, set.tls)
	if err := secured.HandshakeContext(ctx); err != nil {
		return remote.Failed(set.host, err)
	}
	c.frames = &frames{Conn: secured}
	c.conn = goldap.NewConn(c.frames, true)
	c.conn.Start()
	if login == nil {
		return nil
	}
	if err := c.conn.Bind(login[0], login[1]); err != nil {
		c.conn.Close()
		return c.refused(err)
	}
	return nil
}

// startTLSRequest is the name of the request of RFC 4511, section 4.14.1.
const startTLSRequest = "1.3.6.1.4.1.1466.20037"

// startTLS asks for TLS. It is done here, not by the library, so that not an
// octet after the answer is read before TLS has begun, and so that errors of
// the handshake keep their types.
func startTLS(link net.Conn, host string) error {
	ask := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	ask.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 1, ""))
	extended := ber.Encode(ber.ClassApplication, ber.TypeConstructed, goldap.ApplicationExtendedRequest, nil, "")
	extended.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, startTLSRequest, ""))
	ask.AppendChild(extended)
	if _, err := link.Write(ask.Bytes()); err != nil {
		return remote.Failed(host, err)
	}
	answer, err := ber.ReadPacket(io.LimitReader(link, 64<<10))
	if err != nil {
		return source.Say(source.Unavailable, "%s doesn't answer like a directory when asked for StartTLS; check the port, or use ldaps://.", host)
	}
	if goldap.GetLDAPError(answer) != nil {
		return source.Say(source.Refused, "%s doesn't offer StartTLS, and nothing is read without TLS; turn it on there, or use ldaps://.", host)
	}
	return nil
}

// goodbye is how long it may take to take leave of a server.
const goodbye = time.Second

// close says goodbye. The searches must have ended.
func (c *client) close() {
	c.stop()
	hurry := time.AfterFunc(goodbye, func() { c.link.Close() })
	defer hurry.Stop()
	_ = c.conn.Unbind()
	c.conn.Close()
}
