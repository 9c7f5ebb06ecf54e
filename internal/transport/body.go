package transport

import (
	"bufio"
	"bytes"
	"io"
)

// blockSize is how much of a body is written under one deadline, in octets.
const blockSize = 64 << 10

// writeBody is the only place where a message is made fit for DATA (RFC 5321 section 4.5.2): every
// CRLF, bare CR and bare LF ends a line and is written as CRLF, a leading dot is doubled, and the
// last line is ended. It does not write the final dot. A bare CR or LF that got through could be
// taken for the end of the message by one server and not by the next (SMTP smuggling).
func writeBody(w *bufio.Writer, data []byte) error {
	for len(data) > 0 {
		line, rest := cutLine(data)
		if len(line) > 0 && line[0] == '.' {
			_ = w.WriteByte('.') // bufio keeps the first error for Flush
		}
		_, _ = w.Write(line)
		if _, err := w.WriteString("\r\n"); err != nil {
			return err
		}
		data = rest
	}
	return w.Flush()
}

// cutLine splits at the first line end of any kind.
func cutLine(data []byte) (line, rest []byte) {
	i := bytes.IndexAny(data, "\r\n")
	if i < 0 {
		return data, nil
	}
	end := i + 1
	if data[i] == '\r' && end < len(data) && data[end] == '\n' {
		end++
	}
	return data[:i], data[end:]
}

// blocks gives every write its own deadline.
type blocks struct{ c *Conn }

func (b blocks) Write(p []byte) (int, error) {
	b.c.wait(b.c.times.Block)
	n, err := b.c.client.Text.W.Write(p)
	if err != nil {
		return n, err
	}
	return n, b.c.client.Text.W.Flush()
}

var _ io.Writer = blocks{}
