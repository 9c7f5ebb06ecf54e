package sql

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/jackc/pgx/v5/pgproto3"
)

func TestStatuses(t *testing.T) {
	var usual []byte
	for range 20 {
		usual, _ = (&pgproto3.ParameterStatus{Name: "TimeZone", Value: "UTC"}).Encode(usual)
	}
	row, _ := (&pgproto3.DataRow{Values: [][]byte{bytes.Repeat([]byte("S"), maxStatuses)}}).Encode(nil)
	long, _ := (&pgproto3.ParameterStatus{Name: "x", Value: strings.Repeat("y", maxStatuses)}).Encode(nil)
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"usual": {append(append(append([]byte{}, usual...), row...), usual...), nil},
		"long":  {append(append([]byte{}, usual...), long...), errStatuses},
		"many":  {bytes.Repeat(usual, 1000), errStatuses},
		"none":  {nil, nil},
	} {
		for _, in := range []io.Reader{bytes.NewReader(c.data), iotest.OneByteReader(bytes.NewReader(c.data))} {
			got, err := io.ReadAll(&statuses{from: in})
			if err != c.want { //nolint:errorlint // it is this one
				t.Errorf("%s: %v", name, err)
			}
			if err == nil && !bytes.Equal(got, c.data) {
				t.Errorf("%s: it isn't the same", name)
			}
		}
	}
}
