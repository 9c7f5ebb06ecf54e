// Package dialguard keeps connections to relays away from addresses that no
// relay of a tenant has: a host name is a tenant's input, and what it
// resolves to is known only when it is dialled.
package dialguard

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
)

// Refused says that an address must not be reached. It doesn't name it: what
// a name resolves to inside the cluster is not a tenant's business.
type Refused struct{ Kind string }

func (r *Refused) Error() string { return "the host resolves to " + r.Kind }

// Guard says what may be dialled.
type Guard struct {
	// AllowPrivate lets loopback and link-local addresses through: for
	// development and tests.
	AllowPrivate bool
	// APIServer is the host of the API server, a name or an address, as
	// KUBERNETES_SERVICE_HOST has it; never allowed. Empty for none.
	APIServer string
}

var (
	nat64     = netip.MustParsePrefix("64:ff9b::/96")   // RFC 6052
	local64   = netip.MustParsePrefix("64:ff9b:1::/48") // RFC 8215
	sixToFour = netip.MustParsePrefix("2002::/16")      // RFC 3056
	thisHost  = netip.MustParsePrefix("0.0.0.0/8")      // RFC 1122
	reserved  = netip.MustParsePrefix("240.0.0.0/4")    // RFC 1112, with broadcast
	siteLocal = netip.MustParsePrefix("fec0::/10")      // RFC 3879, deprecated
)

// metadata are services of clouds that tell a node its secrets, as far as they
// aren't link-local: of AWS and Google by IPv6, of Alibaba, Azure and Oracle.
var metadata = map[netip.Addr]bool{
	netip.MustParseAddr("fd00:ec2::254"):   true,
	netip.MustParseAddr("fd20:ce::254"):    true,
	netip.MustParseAddr("100.100.100.200"): true,
	netip.MustParseAddr("168.63.129.16"):   true,
	netip.MustParseAddr("192.0.0.192"):     true,
}

// Check returns a *Refused if addr must not be reached.
func (g Guard) Check(addr netip.Addr) error {
	addr = embedded(addr.WithZone("").Unmap())
	if api, err := netip.ParseAddr(g.APIServer); err == nil && api.Unmap() == addr {
		return &Refused{"the Kubernetes API server"}
	}
	switch {
	case !addr.IsValid(), addr.IsUnspecified(), thisHost.Contains(addr):
		return &Refused{"an unspecified address"}
	case addr.IsMulticast():
		return &Refused{"a multicast address"}
	case reserved.Contains(addr), local64.Contains(addr), siteLocal.Contains(addr):
		return &Refused{"a reserved address"}
	case metadata[addr]:
		return &Refused{"a metadata service"}
	case g.AllowPrivate:
		return nil
	case addr.IsLoopback():
		return &Refused{"a loopback address"}
	case addr.IsLinkLocalUnicast():
		return &Refused{"a link-local address"}
	}
	return nil
}

// embedded is the IPv4 address that an IPv6 one stands for: a translator
// would otherwise carry the connection to it.
func embedded(addr netip.Addr) netip.Addr {
	if !addr.Is6() {
		return addr
	}
	b := addr.As16()
	switch {
	case nat64.Contains(addr):
		return netip.AddrFrom4([4]byte(b[12:16]))
	case sixToFour.Contains(addr):
		return netip.AddrFrom4([4]byte(b[2:6]))
	case [12]byte(b[:12]) == [12]byte{} && !addr.IsLoopback() && !addr.IsUnspecified(): // RFC 4291 section 2.5.5.1
		return netip.AddrFrom4([4]byte(b[12:16]))
	}
	return addr
}

// Control is for net.Dialer: it sees each address after resolution, just
// before the connection is made, so that a second answer of the name server
// can't differ from the one that was checked.
func (g Guard) Control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("address to dial: %w", err)
	}
	return g.Check(to.Addr())
}

// DialContext dials like net.Dialer, but not what is refused.
func (g Guard) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if g.APIServer != "" && strings.EqualFold(strings.TrimSuffix(host, "."), g.APIServer) {
		return nil, &Refused{"the Kubernetes API server"}
	}
	return (&net.Dialer{Control: g.Control}).DialContext(ctx, network, address)
}
