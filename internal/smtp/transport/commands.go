package transport

import "strconv"

// features are the EHLO keywords that shape commands.
type features struct{ pipelining, size, dsn, eightBit, utf8 bool }

func (c *Conn) learnFeatures() {
	c.features = features{
		pipelining: c.offers("PIPELINING"), size: c.offers("SIZE"), dsn: c.offers("DSN"),
		eightBit: c.offers("8BITMIME"), utf8: c.offers("SMTPUTF8"),
	}
}

func (c *Conn) offers(keyword string) bool {
	ok, _ := c.client.Extension(keyword)
	return ok
}

// appendOpening adds the commands that open a transaction.
func (c *Conn) appendOpening(b []byte, t *Transaction) []byte {
	b = c.appendMail(b, t.Envelope, t.size())
	b = c.appendRcpt(b, t.Envelope)
	return append(b, "DATA\r\n"...)
}

// appendMail names the sender. The message is 7bit unless SMTPUTF8 asks for more.
func (c *Conn) appendMail(b []byte, env Envelope, size int) []byte {
	b = append(b, "MAIL FROM:<"...)
	b = append(b, env.From...)
	b = append(b, '>')
	if c.features.size {
		b = append(b, " SIZE="...)
		b = strconv.AppendInt(b, int64(size), 10)
	}
	if env.UTF8 {
		b = append(b, " SMTPUTF8"...)
		if c.features.eightBit {
			b = append(b, " BODY=8BITMIME"...)
		}
	}
	if c.features.dsn {
		b = append(b, " RET=HDRS"...)
		b = appendXtext(b, " ENVID=", env.EnvelopeID, 100)
	}
	return append(b, "\r\n"...)
}

// appendRcpt names the one recipient. ORCPT of a non-ASCII address would need RFC 6533.
func (c *Conn) appendRcpt(b []byte, env Envelope) []byte {
	b = append(b, "RCPT TO:<"...)
	b = append(b, env.To...)
	b = append(b, '>')
	if c.features.dsn {
		b = append(b, " NOTIFY=FAILURE"...)
		if ascii(env.OriginalRecipient) {
			b = appendXtext(b, " ORCPT=rfc822;", env.OriginalRecipient, 493)
		}
	}
	return append(b, "\r\n"...)
}

// appendXtext adds a parameter whose value is encoded as RFC 3461 section 4 says: printable ASCII
// but "+" and "=" as is, other octets as +XX. An empty value, or one of more than limit octets once
// encoded, is left out.
func appendXtext(b []byte, name, value string, limit int) []byte {
	if value == "" {
		return b
	}
	const hex = "0123456789ABCDEF"
	before := len(b)
	b = append(b, name...)
	start := len(b)
	for i := range len(value) {
		switch c := value[i]; {
		case c < '!' || c > '~' || c == '+' || c == '=':
			b = append(b, '+', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	if len(b)-start > limit {
		return b[:before]
	}
	return b
}
