package dialguard

import (
	"errors"
	"net"
	"net/netip"
	"testing"
)

func TestCheck(t *testing.T) {
	strict := Guard{APIServer: "10.96.0.1"}
	lax := Guard{APIServer: "10.96.0.1", AllowPrivate: true}
	for _, c := range []struct {
		addr        string
		strict, lax bool // whether it may be reached
	}{
		{"192.0.2.10", true, true},
		{"10.0.0.25", true, true}, // a relay in the cluster is the usual case
		{"2001:db8::25", true, true},
		{"fd12:3456::25", true, true},
		{"127.0.0.1", false, true},
		{"127.9.9.9", false, true},
		{"::1", false, true},
		{"::ffff:127.0.0.1", false, true},
		{"64:ff9b::7f00:1", false, true},
		{"2002:7f00:1::1", false, true},
		{"::127.0.0.1", false, true},
		{"169.254.169.254", false, true},
		{"::ffff:169.254.169.254", false, true},
		{"64:ff9b::a9fe:a9fe", false, true},
		{"fe80::1%eth0", false, true},
		{"64:ff9b:1::a9fe:a9fe", false, false},
		{"fec0::1", false, false},
		{"fd00:ec2::254", false, false},
		{"fd20:ce::254", false, false},
		{"100.100.100.200", false, false},
		{"64:ff9b::6464:64c8", false, false},
		{"168.63.129.16", false, false},
		{"192.0.0.192", false, false},
		{"0.0.0.0", false, false},
		{"0.1.2.3", false, false},
		{"::", false, false},
		{"::ffff:0.0.0.0", false, false},
		{"224.0.0.1", false, false},
		{"ff02::1", false, false},
		{"255.255.255.255", false, false},
		{"10.96.0.1", false, false},
		{"::ffff:10.96.0.1", false, false},
		{"64:ff9b::a60:1", false, false},
	} {
		addr := netip.MustParseAddr(c.addr)
		if got := strict.Check(addr) == nil; got != c.strict {
			t.Errorf("%s: allowed %t, want %t", c.addr, got, c.strict)
		}
		if got := lax.Check(addr) == nil; got != c.lax {
			t.Errorf("%s with AllowPrivate: allowed %t, want %t", c.addr, got, c.lax)
		}
	}
	if strict.Check(netip.Addr{}) == nil {
		t.Error("no address at all is allowed")
	}
}

func TestCheckSeesIPv6APIServer(t *testing.T) {
	g := Guard{APIServer: "fd00::1", AllowPrivate: true}
	if g.Check(netip.MustParseAddr("fd00::1")) == nil {
		t.Error("the API server is allowed")
	}
	if err := g.Check(netip.MustParseAddr("fd00::2")); err != nil {
		t.Error(err)
	}
}

// The check must see what a name resolves to, not the name.
func TestDialContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost"} {
		_, err := Guard{}.DialContext(t.Context(), "tcp", net.JoinHostPort(host, port))
		var refused *Refused
		if !errors.As(err, &refused) || refused.Kind != "a loopback address" {
			t.Errorf("%s: %v", host, err)
		}
	}
	conn, err := Guard{AllowPrivate: true}.DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	api := Guard{AllowPrivate: true, APIServer: "localhost"}
	var refused *Refused
	if _, err := api.DialContext(t.Context(), "tcp", "LocalHost.:"+port); !errors.As(err, &refused) {
		t.Errorf("the API server by name: %v", err)
	}
}
