package transport

import (
	"context"
	"net"
	"time"
)

// far holds back what arrives: octets can be read a round trip after they came, however many come
// in the meantime.
type far struct {
	net.Conn
	trip    time.Duration
	arrived chan arrival
	rest    []byte
}

type arrival struct {
	at   time.Time
	data []byte
	err  error
}

func farDialer(trip time.Duration) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		f := &far{Conn: c, trip: trip, arrived: make(chan arrival, 1000)}
		go f.run()
		return f, nil
	}
}

func (f *far) run() {
	for {
		buf := make([]byte, 4096)
		n, err := f.Conn.Read(buf)
		f.arrived <- arrival{time.Now(), buf[:n], err}
		if err != nil {
			return
		}
	}
}

func (f *far) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		a := <-f.arrived
		time.Sleep(time.Until(a.at.Add(f.trip)))
		if a.err != nil {
			return 0, a.err
		}
		f.rest = a.data
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}
