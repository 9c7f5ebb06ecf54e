package gather

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/cluster/rosterstore"
	"crier.dev/crier/internal/cluster/userfiles"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/suppression"
	"crier.dev/crier/internal/testing/apitest"
)

var everything = crier.SuppressionScope{Kind: crier.ScopeNamespace}

// storeAs stores addresses as those of a Suppression, and says that they were
// read.
func storeAs(w *apitest.World, s *crier.Suppression, addresses ...string) {
	w.Helper()
	subs := make([]roster.Subscriber, len(addresses))
	for i, a := range addresses {
		subs[i] = roster.Subscriber{Email: a, Attributes: map[string]string{string(crier.SuppressedManual): "always"}}
	}
	rows := func() roster.Rows {
		rows, err := roster.Of(subs)
		if err != nil {
			w.Fatal(err)
		}
		return rows
	}
	digest, _, err := roster.Digest(rows())
	if err != nil {
		w.Fatal(err)
	}
	store := rosterstore.Store{Kind: rosterstore.Suppressions, Client: server.Client, Reader: server.Client, Namespace: apitest.OperatorNamespace}
	parts, err := store.Write(w.Context(), client.ObjectKeyFromObject(s), digest, rows())
	if err != nil {
		w.Fatal(err)
	}
	s.Status.Roster = &crier.RosterStatus{Digest: digest, Parts: parts, Generation: s.Generation, SyncedAt: metav1.NewTime(apitest.Start)}
	w.Settle(s, reconcile.IsReady(crier.ReasonReady, "Read."))
}

func mailOf(w *apitest.World) suppression.Mail {
	return suppression.Mail{
		Namespace: w.NS, Lists: []string{"staff"}, Purpose: crier.PurposeSubscribed,
		Relay: crier.NamespacedReference{Namespace: w.NS, Name: "main"},
	}
}

func suppressions(w *apitest.World, mail suppression.Mail) *Suppressions {
	w.Helper()
	g, err := SuppressionsOf(w.Context(), server.Client, apitest.OperatorNamespace, mail)
	if err != nil {
		w.Fatal(err)
	}
	return g
}

// Mail waits for every Suppression that has not been read as it is now, and
// says for which; of those of other namespaces it doesn't say the names.
func TestMailWaitsForWhatWasNotRead(t *testing.T) {
	w := server.NewWorld(t)
	platform := server.Namespace(t, nil)
	mail := mailOf(w)
	mail.Relay = crier.NamespacedReference{Namespace: platform, Name: "shared"}
	if wait := suppressions(w, mail).Waits(); wait != "" {
		t.Errorf("waits for %q", wait)
	}
	for i := range 4 {
		w.Create(w.Suppression(fmt.Sprint("s", i), everything, "a@example.net"))
	}
	secret := w.Suppression("secret-project", crier.SuppressionScope{Kind: crier.ScopeRelay, Name: "shared"}, "b@example.net")
	secret.Namespace = platform
	w.Create(secret)
	other := w.Suppression("other-list", crier.SuppressionScope{Kind: crier.ScopeList, Name: "news"}, "c@example.net")
	w.Create(other)

	wait := suppressions(w, mail).Waits()
	if want := "of " + platform + ", " + w.NS + "/s0, " + w.NS + "/s1 and 2 more"; wait != want {
		t.Errorf("waits for %q, want %q", wait, want)
	}
	for i := range 4 {
		storeAs(w, apitest.Get(w, fmt.Sprint("s", i), &crier.Suppression{}), "a@example.net")
	}
	if wait := suppressions(w, mail).Waits(); wait != "of "+platform {
		t.Errorf("waits for %q", wait)
	}
	storeAs(w, secret, "b@example.net")
	if wait := suppressions(w, mail).Waits(); wait != "" {
		t.Errorf("waits for %q", wait)
	}
	apitest.Edit(w, "s1", &crier.Suppression{}, func(s *crier.Suppression) { s.Spec.Entries[0].Address = "d@example.net" })
	if wait := suppressions(w, mail).Waits(); wait != w.NS+"/s1" {
		t.Errorf("waits for %q", wait)
	}
}

// A list has what applies to it, and what applies to all of the message. What
// is planned with is known by its digest.
func TestSuppressionsOfALists(t *testing.T) {
	w := server.NewWorld(t)
	all := w.Suppression("all", everything, "a@example.net")
	staff := w.Suppression("staff", crier.SuppressionScope{Kind: crier.ScopeList, Name: "staff"}, "b@example.net")
	w.Create(all, staff)
	mail := mailOf(w)
	mail.Lists = []string{"staff", "news"}
	digests := map[string]bool{suppressions(w, mail).Digest(): true}
	storeAs(w, all, "a@example.net")
	digests[suppressions(w, mail).Digest()] = true
	storeAs(w, staff, "b@example.net")
	g := suppressions(w, mail)
	digests[g.Digest()] = true
	for list, want := range map[string]string{"staff": "true true false", "news": "true false false"} {
		m := g.OfList(t.Context(), list, apitest.Start)
		var got []string
		for _, a := range []string{"a@example.net", "b@example.net", "c@example.net"} {
			_, suppressed, err := m.Match([]byte(a))
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprint(suppressed))
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("list %s: %s, want %s", list, text, want)
		}
		if err := m.Finish(); err != nil {
			t.Error(err)
		}
	}
	storeAs(w, staff, "c@example.net")
	digests[suppressions(w, mail).Digest()] = true
	mail.Purpose = crier.PurposeMandatory
	digests[suppressions(w, mail).Digest()] = true
	if len(digests) != 5 {
		t.Errorf("%d digests of 5 states: a plan would be taken for the present one", len(digests))
	}

	// What was gathered before is what was stored then, or an error.
	store := rosterstore.Store{Kind: rosterstore.Suppressions, Client: server.Client, Reader: server.Client, Namespace: apitest.OperatorNamespace}
	if err := store.Tidy(t.Context(), client.ObjectKeyFromObject(staff), staff.Status.Roster.Digest); err != nil {
		t.Fatal(err)
	}
	if _, _, err := g.OfList(t.Context(), "staff", apitest.Start).Match([]byte("b@example.net")); !errors.Is(err, rosterstore.ErrUnavailable) {
		t.Errorf("addresses that are gone: %v", err)
	}
}

// A file that has just changed could suppress somebody.
func TestSuppressionsBehindTheirFiles(t *testing.T) {
	w := server.NewWorld(t)
	file := w.ConfigMap("gone", map[string]string{"a.csv": "email\na@example.net\n"})
	s := w.Suppression("gone", everything)
	s.Spec.CSV = &crier.CSVSource{From: []crier.CSVObject{apitest.InConfigMap("gone")}}
	w.Create(file, s)
	inputs, err := userfiles.Versions(t.Context(), server.Client, w.NS, s.Spec.CSV)
	if err != nil {
		t.Fatal(err)
	}
	s.Status.Read = &crier.SuppressionRead{Inputs: inputs, At: metav1.NewTime(apitest.Start)}
	storeAs(w, s, "a@example.net")
	behind := func() []Late {
		t.Helper()
		late, err := suppressions(w, mailOf(w)).Behind(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return late
	}
	if late := behind(); len(late) > 0 {
		t.Errorf("behind: %v", late)
	}
	file.Data["a.csv"] += "b@example.net\n"
	w.Update(file)
	if late := behind(); len(late) != 1 || late[0].Name != w.NS+"/gone" || !late[0].ReadAt.Equal(apitest.Start) {
		t.Errorf("behind: %v", late)
	}
	w.Delete(file)
	if late := behind(); len(late) != 1 {
		t.Errorf("a file that is gone: %v", late)
	}
}
