package ldap

import (
	"errors"
	"io"
	"os"
	"runtime"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/sourcetest/slapd"
)

// Memory is for a page, not for all, and for sixteen octets a member.
func TestManyEntries(t *testing.T) {
	s, people, group := largeServer(t), big, bigGroup
	if os.Getenv("CRIER_TEST_LARGE") != "" {
		people, group = 100_000, 30_000
		s = start(t, slapd.Options{Config: unlimited, LDIF: func(w io.Writer) error {
			login := slapd.Entry(reader, "objectClass", "organizationalRole", "objectClass", "simpleSecurityObject", "cn", "reader", "userPassword", "hunter2")
			_, err := io.WriteString(w, login)
			return errors.Join(err, slapd.WritePeople(w, 1, group, slapd.GroupDN("staff")),
				slapd.WritePeople(w, group+1, people), slapd.WriteGroup(w, "staff", 1, group))
		}})
	}
	for name, c := range map[string]struct {
		change func(*crier.LDAPSource)
		want   int
	}{
		"all":      {func(*crier.LDAPSource) {}, people},
		"memberOf": {inGroup(slapd.GroupDN("staff"), crier.LDAPMembershipMemberOf), group},
		"Group":    {inGroup(slapd.GroupDN("staff"), crier.LDAPMembershipGroup), group},
	} {
		t.Run(name, func(t *testing.T) {
			base, most := heap(), uint64(0)
			got := sink{forget: true, on: func(n int) {
				if n%(c.want/10) == 0 {
					most = max(most, heap())
				}
			}}
			begin := time.Now()
			if _, err := New(spec(s, c.change)).Read(t.Context(), readerLogin, "", &got); err != nil || got.last != c.want {
				t.Fatalf("%d entries, %v", got.last, err)
			}
			grown := int64(most) - int64(base)
			t.Logf("%d entries in %s, heap grown by %d KiB", c.want, time.Since(begin).Round(time.Millisecond), grown>>10)
			if grown > 8<<20 {
				t.Errorf("the heap has grown by %d octets", grown)
			}
		})
	}
}

// heap is what is reachable.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
