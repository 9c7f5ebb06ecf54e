package transport

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/textproto"
	"syscall"
	"time"

	"crier.dev/crier/internal/smtp/outcome"
)

// A reply has few lines of at most 512 octets (RFC 5321 section 4.5.3.1.5). Servers that quote what
// others said write longer ones, whose code is as good: what is beyond the reader's buffer is
// skipped, and outcome.NewReply cuts the rest.
const (
	maxReplyLine  = 64 << 10
	maxReplyLines = 64
)

// readReply reads one reply that must come within d. The words of a success are kept only if asked
// for: hardly anybody reads them.
func (c *Conn) readReply(d time.Duration, words bool) (outcome.Reply, error) {
	c.link.flow.reading.expect(d)
	return c.readOne(words)
}

// readOne reads one reply, of several lines if need be (RFC 5321 section 4.2).
func (c *Conn) readOne(words bool) (outcome.Reply, error) {
	var first [1]string
	lines, code := first[:0], 0
	for range maxReplyLines {
		line, err := c.readLine()
		if err != nil {
			return outcome.Reply{}, err
		}
		this, more, text, ok := parseLine(line)
		if !ok || code != 0 && this != code {
			return outcome.Reply{}, textproto.ProtocolError("malformed reply")
		}
		code = this
		if words || !success(code) && code != goAhead {
			lines = append(lines, string(text))
		}
		if !more {
			return outcome.NewReply(code, lines), nil
		}
	}
	return outcome.Reply{}, errReplyTooLong
}

// readLine takes a line without its end, of a long one the beginning. It is good until the next read.
func (c *Conn) readLine() ([]byte, error) {
	line, err := c.client.Text.R.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line, err = bytes.Clone(line), c.skipLine(len(line))
	}
	if errors.Is(err, io.EOF) {
		return nil, io.ErrUnexpectedEOF
	}
	return bytes.TrimRight(line, "\r\n"), err
}

// skipLine reads on to the end of a line of which so much is read.
func (c *Conn) skipLine(read int) error {
	for read <= maxReplyLine {
		more, err := c.client.Text.R.ReadSlice('\n')
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		read += len(more)
	}
	return errReplyTooLong
}

// parseLine splits "250-words". A code alone is a reply too.
func parseLine(line []byte) (code int, more bool, text []byte, ok bool) {
	if len(line) < 3 {
		return 0, false, nil, false
	}
	for _, d := range line[:3] {
		if d < '0' || d > '9' {
			return 0, false, nil, false
		}
		code = code*10 + int(d-'0')
	}
	if code < 200 || code > 599 {
		return 0, false, nil, false
	}
	if len(line) == 3 {
		return code, false, nil, true
	}
	if line[3] != ' ' && line[3] != '-' {
		return 0, false, nil, false
	}
	return code, line[3] == '-', line[4:], true
}

// wait sets the time by which the next step of opening the session must be over.
func (c *Conn) wait(d time.Duration) {
	_ = c.link.SetDeadline(time.Now().Add(d)) // fails only on a dead link, which the next use tells
}

// cut ends the session without a word: no dot, no QUIT.
func (c *Conn) cut() {
	c.usable, c.announced = false, nil
	c.leash.drop()
	_ = c.link.Close() // it may be closed already
}

// isLost says whether the other side has gone, as far as an error can tell.
func isLost(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
