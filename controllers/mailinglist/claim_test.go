package mailinglist

import (
	"strings"
	"testing"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/testing/apitest"
)

// Who is older goes by the API server's own clock, which no test moves, and
// creation times are in whole seconds.
const tick = 1100 * time.Millisecond

// granted lets the namespace have lists of that domain, by a Relay of its own
// that answers.
func (w *world) granted(domain string) *crier.Relay {
	w.Helper()
	relay := w.Relay()
	relay.Spec.Grants[0].ListDomains = []string{domain}
	w.Create(relay)
	w.Settle(relay, reconcile.IsReady(crier.ReasonRelayReachable, "It answers."))
	return relay
}

func TestAddressBelongsToTheOldest(t *testing.T) {
	w := newWorld(t)
	w.granted(w.Domain)
	first := w.list("zebra")
	w.Create(first)
	w.step("zebra", crier.ReasonSubscribersNotReady, "")

	time.Sleep(tick)
	second := w.list("alpha")
	second.Spec.Address = crier.MailAddress("STAFF@" + strings.ToUpper(w.Domain))
	w.Create(second)
	w.step("alpha", crier.ReasonAddressTaken, "belongs to the older MailingList zebra")
	w.step("zebra", crier.ReasonSubscribersNotReady, "")

	time.Sleep(tick)
	other := newWorld(t)
	other.granted(w.Domain)
	third := other.list("alike")
	third.Spec.Address = crier.MailAddress("staff-@" + w.Domain) // the same List-Id
	other.Create(third)
	other.step("alike", crier.ReasonAddressTaken, "belongs to an older MailingList of another namespace.")

	w.Delete(first)
	w.step("alpha", crier.ReasonSubscribersNotReady, "")
	other.step("alike", crier.ReasonAddressTaken, "")
}

// Anybody may write a list with anybody's address. Without a grant it has no
// claim to it, however old it is, and gets none when the owner's list is created
// again.
func TestParkedListTakesNoAddress(t *testing.T) {
	squatter, owner := newWorld(t), newWorld(t)
	address := crier.MailAddress("alerts@" + owner.Domain)
	parked := func(name string, change func(*crier.MailingList)) {
		list := squatter.list(name)
		list.Spec.Address = address
		change(list)
		squatter.Create(list)
	}
	parked("no-relay", func(l *crier.MailingList) { l.Spec.RelayRef.Name = "none" })
	parked("no-grant", func(l *crier.MailingList) { l.Spec.RelayRef.Namespace = owner.NS })
	parked("other-domain", func(*crier.MailingList) {}) // with a grant of its own
	squatter.granted("elsewhere.example")
	squatter.step("no-relay", crier.ReasonSenderNotAllowed, "")
	squatter.step("no-grant", crier.ReasonSenderNotAllowed, "")
	squatter.step("other-domain", crier.ReasonListAddressNotAllowed,
		"have no list in the domain "+owner.Domain+". Ask whoever runs it to add that to listDomains of spec.grants[0], or")

	time.Sleep(tick)
	owner.granted(owner.Domain)
	for range 2 { // the second time it is created again
		list := owner.list("alerts")
		list.Spec.Address = address
		owner.Create(list)
		owner.step("alerts", crier.ReasonSubscribersNotReady, "")
		if got := squatter.r.rivals(t.Context(), apitest.Get(squatter, "other-domain", &crier.MailingList{})); len(got) != 0 {
			t.Errorf("a list without a grant wakes %v", got)
		}
		owner.Delete(list)
	}
}

// The owner of an address is named to whoever runs the Relay, once, and not to
// the other tenant.
func TestPlatformIsToldWhoHasAnAddress(t *testing.T) {
	platform, owner, second := newWorld(t), newWorld(t), newWorld(t)
	relay := platform.Relay()
	relay.Spec.Grants[0].Namespaces = []string{owner.NS, second.NS}
	platform.Create(relay)
	platform.Settle(relay, reconcile.IsReady(crier.ReasonRelayReachable, "It answers."))
	list := func(w *world) {
		list := w.list("staff")
		list.Spec.Address = crier.MailAddress("staff@" + platform.Domain)
		list.Spec.RelayRef = crier.NamespacedReference{Namespace: platform.NS, Name: relay.Name}
		w.Create(list)
	}
	list(owner)
	time.Sleep(tick)
	list(second)
	blocked := second.step("staff", crier.ReasonAddressTaken, "an event of Relay "+platform.NS+"/main names it to whoever runs that")
	if m := second.Ready(blocked).Message; strings.Contains(m, owner.NS) {
		t.Errorf("%q names another tenant", m)
	}
	second.step("staff", crier.ReasonAddressTaken, "")
	var named []string
	for _, told := range second.Told() {
		if strings.Contains(told, owner.NS) {
			named = append(named, told)
		}
	}
	if len(named) != 1 || !strings.Contains(named[0], "MailingList "+second.NS+"/staff can't have its address, which belongs to the older MailingList "+owner.NS+"/staff.") {
		t.Errorf("events %q", named)
	}
}

// A Relay that grants less wakes those who want the address of one of its lists.
func TestRivalsOfListsOfARelayAreWoken(t *testing.T) {
	first, second := newWorld(t), newWorld(t)
	address := crier.MailAddress("staff@" + first.Domain)
	for _, w := range []*world{first, second} {
		w.granted(first.Domain)
		list := w.list("staff")
		list.Spec.Address = address
		w.Create(list)
	}
	got := unique(first.r.listsOfRelay(t.Context(), first.Relay()))
	for _, w := range []*world{first, second} {
		if key := (client.ObjectKey{Namespace: w.NS, Name: "staff"}); !got[ctrl.Request{NamespacedName: key}] {
			t.Errorf("%s isn't woken: %v", key, got)
		}
	}
}
