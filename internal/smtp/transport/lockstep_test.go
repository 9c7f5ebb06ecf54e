package transport

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// A server that asks for new keys of TLS makes crypto/tls write within a reply, as
// often as it likes. What it says stays bounded.
func TestWritesOfTLSBeginNoTurnsWithoutEnd(t *testing.T) {
	ours, theirs := net.Pipe()
	t.Cleanup(func() { ours.Close(); theirs.Close() })
	_ = ours.SetDeadline(time.Now().Add(time.Minute))
	go func() {
		record := bytes.Repeat([]byte{tlsDataRecord}, 16<<10)
		for {
			if _, err := theirs.Write(record); err != nil {
				return
			}
		}
	}()
	go func() { _, _ = io.Copy(io.Discard, theirs) }()
	l := newLockstep(ours)
	if _, err := l.Write([]byte{tlsHandshakeRecord}); err != nil {
		t.Fatal(err)
	}
	buf, heard := make([]byte, 16<<10), 0
	for heard <= 2*maxOpening {
		n, err := l.Read(buf)
		if errors.Is(err, errReplyTooLong) {
			return
		}
		heard += n
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Write([]byte{tlsDataRecord}); err != nil {
			t.Fatal(err)
		}
	}
	t.Errorf("%d octets were read", heard)
}
