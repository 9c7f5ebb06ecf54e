package roster

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// UnpackError says that a file can't be read to its end. Its text names the
// file and never quotes it.
type UnpackError struct {
	message string
	// TooLarge says that the file is larger than allowed, and not damaged.
	TooLarge bool
}

func (e *UnpackError) Error() string { return e.message }

// Open reads data, unpacked if it is gzip (RFC 1952 magic number). Reading
// ends with an *UnpackError if that is damaged or more than limit octets.
// name is for the error only.
func Open(name string, data []byte, limit int64) io.Reader {
	return OpenStream(name, bytes.NewReader(data), limit)
}

// OpenStream is Open for what is still being received. Other errors of in come
// through as they are where the file isn't compressed, and as *UnpackError
// where it is.
func OpenStream(name string, in io.Reader, limit int64) io.Reader {
	data := bufio.NewReader(in)
	u := &unpacker{name: name, limit: limit, left: limit, in: data}
	if magic, _ := data.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		u.packed = true
		zip, err := gzip.NewReader(data)
		if err != nil {
			u.err = u.broken(err)
		} else {
			u.in = zip
		}
	}
	return u
}

type unpacker struct {
	name        string
	in          io.Reader
	packed      bool
	limit, left int64
	err         error
}

func (u *unpacker) broken(err error) error {
	return &UnpackError{message: fmt.Sprintf("%s looks like gzip but can't be unpacked: %s", u.name, err)}
}

func (u *unpacker) Read(p []byte) (int, error) {
	if u.err != nil {
		return 0, u.err
	}
	if int64(len(p)) > u.left+1 {
		p = p[:u.left+1] // one more octet than allowed tells that there is one
	}
	n, err := u.in.Read(p)
	u.left -= int64(n)
	switch {
	case u.left < 0:
		u.err = &UnpackError{
			message:  fmt.Sprintf("%s is larger than %d octets when unpacked", u.name, u.limit),
			TooLarge: true,
		}
		return n - 1, u.err
	case err != nil && u.packed && !errors.Is(err, io.EOF):
		err = u.broken(err)
	}
	u.err = err
	return n, err
}

// Unpack returns the whole of what Open reads. No more than limit octets are
// ever held.
func Unpack(name string, data []byte, limit int64) ([]byte, error) {
	return io.ReadAll(Open(name, data, limit))
}
