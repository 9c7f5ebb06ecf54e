package suppression

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/rosterstore"
	"crier.dev/crier/internal/cluster/watch"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/suppression"
	"crier.dev/crier/internal/testing/apitest"
)

var server *apitest.Server

func TestMain(m *testing.M) { os.Exit(apitest.Main(m, &server)) }

// world is one test's reconciler; the test steps it by hand.
type world struct {
	*apitest.World
	r *Reconciler
}

func newWorld(t *testing.T) *world {
	server.Index(&crier.Suppression{}, watch.IndexUses, byUses)
	server.Index(&crier.Suppression{}, watch.IndexIdentity, watch.ByIdentity)
	w := &world{World: server.NewWorld(t)}
	w.Never = []string{"@"} // an address in a status
	w.r = &Reconciler{
		Client: server.Client, Reader: server.Client, Namespace: apitest.OperatorNamespace,
		Clock: w.Clock, Recorder: w.Recorder(),
	}
	return w
}

// stepIn reconciles a Suppression of any namespace once.
func (w *world) stepIn(namespace, name string) (*crier.Suppression, ctrl.Result) {
	w.Helper()
	s := &crier.Suppression{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	return s, w.Step(w.r, s)
}

func (w *world) step(name string) (*crier.Suppression, ctrl.Result) {
	w.Helper()
	return w.stepIn(w.NS, name)
}

// parts are the names of the Secrets of a Suppression of the namespace.
func (w *world) parts(name string) []string {
	w.Helper()
	var secrets corev1.SecretList
	err := server.Client.List(w.Context(), &secrets, client.InNamespace(apitest.OperatorNamespace), client.MatchingLabels{
		crier.LabelComponent: crier.ComponentSuppression, crier.LabelIdentity: names.Identity(w.NS, name),
	})
	if err != nil {
		w.Fatal(err)
	}
	var names []string
	for _, s := range secrets.Items {
		names = append(names, s.Name)
	}
	return names
}

func fromCSV(from ...crier.CSVObject) *crier.Suppression {
	return &crier.Suppression{
		ObjectMeta: metav1.ObjectMeta{Name: "left"},
		Spec: crier.SuppressionSpec{
			Scope: namespaceScope, Reason: crier.SuppressedUnsubscribed, CSV: &crier.CSVSource{From: from},
		},
	}
}

var namespaceScope = crier.SuppressionScope{Kind: crier.ScopeNamespace}

func (w *world) mail() suppression.Mail {
	return suppression.Mail{
		Namespace: w.NS, Lists: []string{"staff"}, Purpose: crier.PurposeSubscribed,
		Relay: crier.NamespacedReference{Namespace: w.NS, Name: "main"},
	}
}

func (w *world) gather(mail suppression.Mail) *gather.Suppressions {
	w.Helper()
	g, err := gather.SuppressionsOf(w.Context(), server.Client, apitest.OperatorNamespace, mail)
	if err != nil {
		w.Fatal(err)
	}
	return g
}

// who is why each of the addresses doesn't get mail of list staff now: "-" for
// those who do.
func (w *world) who(addresses ...string) string {
	w.Helper()
	g := w.gather(w.mail())
	if wait := g.Waits(); wait != "" {
		w.Fatalf("waits for %s", wait)
	}
	m := g.OfList(w.Context(), "staff", w.Clock.Now())
	var out []string
	for _, a := range addresses {
		reason, suppressed, err := m.Match([]byte(a))
		if err != nil {
			w.Fatal(err)
		}
		if !suppressed {
			reason = "-"
		}
		out = append(out, string(reason))
	}
	if err := m.Finish(); err != nil {
		w.Fatal(err)
	}
	return strings.Join(out, " ")
}

func TestEntries(t *testing.T) {
	w := newWorld(t)
	s := w.Suppression("left", namespaceScope, "Bob@example.net", "ann@example.net", "bob@EXAMPLE.net", "x@bad..example")
	end := metav1.NewTime(apitest.Start.Add(time.Hour))
	s.Spec.Entries = append(s.Spec.Entries,
		crier.SuppressionEntry{Address: "cy@example.net", Reason: crier.SuppressedLegal, Expires: &end, Note: "court order 12"})
	w.Create(s)
	if wait := w.gather(w.mail()).Waits(); wait != w.NS+"/left" {
		t.Errorf("nobody waits for what was not read: %q", wait)
	}
	got, result := w.step("left")
	w.Expect(got, crier.ReasonReady, "3 addresses, 1 rejected row. entries, line 4: The email address is not valid")
	if got.Status.Addresses != 3 || got.Status.Rejected != 1 || got.Status.Roster.Parts != 1 || !gather.SuppressionReady(got) {
		t.Errorf("status %+v", got.Status)
	}
	if result.RequeueAfter != keepPrevious {
		t.Errorf("looks again after %s", result.RequeueAfter)
	}
	if who := w.who("aaa@example.net", "ann@example.net", "bob@example.net", "cy@example.net"); who != "- Manual Manual Legal" {
		t.Errorf("suppressed: %s", who)
	}
	before := w.gather(w.mail()).Digest()
	w.Clock.SetTime(end.Time)
	if who := w.who("cy@example.net"); who != "-" {
		t.Errorf("after its end: %s", who)
	}
	got, _ = w.step("left")
	w.Expect(got, crier.ReasonReady, "2 addresses, 1 expired row, 1 rejected row.")
	if w.gather(w.mail()).Digest() == before {
		t.Error("the end of an entry doesn't change the digest")
	}
}

func TestCSV(t *testing.T) {
	w := newWorld(t)
	w.Create(fromCSV(apitest.InConfigMap("plain"), apitest.InSecret("secret")))
	got, result := w.step("left")
	w.Expect(got, crier.ReasonSourceNotFound, "There is no ConfigMap plain")
	if result.RequeueAfter == 0 || gather.SuppressionReady(got) {
		t.Error("it isn't looked for again, or is ready")
	}
	w.Create(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "plain"}, Data: map[string]string{
		"a.csv": "Address,Reason,Expires,Campaign\nann@example.net,Complaint,,spring\nbob@example.net,,2026-03-02,\ncy@example.net,spam,,\n",
	}})
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "secret"}, StringData: map[string]string{
		"b.csv": "email;since;reason\nann@example.net;2026-01-01;hard bounce\nnobody;;\n",
	}}
	w.Create(secret)
	got, _ = w.step("left")
	w.Expect(got, crier.ReasonSecretNotLabeled, "crier.dev/use=suppression")
	secret.Labels = map[string]string{crier.LabelUse: crier.UseSuppression}
	w.Update(secret)
	got, _ = w.step("left")
	w.Expect(got, crier.ReasonReady, "3 addresses, 2 rejected rows. ConfigMap/plain/a.csv, line 4: The reason must be one of")
	if who := w.who("ann@example.net", "bob@example.net", "cy@example.net"); who != "Complaint Unsubscribed Unsubscribed" {
		t.Errorf("suppressed: %s", who)
	}
	mail := w.mail()
	mail.Purpose = crier.PurposeMandatory
	m := w.gather(mail).OfList(t.Context(), "staff", apitest.Start)
	if reason, _, err := m.Match([]byte("ann@example.net")); reason != crier.SuppressedHardBounce || err != nil {
		t.Errorf("mandatory mail: %q, %v", reason, err)
	}
	if _, suppressed, _ := m.Match([]byte("bob@example.net")); suppressed {
		t.Error("mandatory mail goes to those who left")
	}
}

// A file that can't be used as a whole holds mail back: nobody knows whom it
// would have suppressed.
func TestFileWithoutAddresses(t *testing.T) {
	w := newWorld(t)
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "plain"}, Data: map[string]string{"a.csv": "mail,reason\nann@example.net,\n"}}
	w.Create(cm)
	w.Create(fromCSV(apitest.InConfigMap("plain")))
	got, _ := w.step("left")
	w.Expect(got, crier.ReasonSourceUnreadable, "ConfigMap/plain/a.csv: There is no column email. The file has: mail, reason.")
	if w.gather(w.mail()).Waits() == "" {
		t.Error("nobody waits for it")
	}
	got.Spec.CSV.Columns.Email = "MAIL"
	w.Update(got)
	got, _ = w.step("left")
	w.Expect(got, crier.ReasonReady, "1 address.")
	cm.Data["a.csv"] = "mail\n"
	w.Update(cm)
	got, _ = w.step("left")
	w.Expect(got, crier.ReasonReady, "0 addresses.")
	if who := w.who("ann@example.net"); who != "-" || got.Status.Roster.Parts != 0 {
		t.Errorf("%s, %+v", who, got.Status.Roster)
	}
}

func TestGlobal(t *testing.T) {
	w := newWorld(t)
	global := crier.SuppressionScope{Kind: crier.ScopeGlobal}
	w.Create(w.Suppression("left", global, "ann@example.net"))
	got, _ := w.step("left")
	w.Expect(got, crier.ReasonScopeNotAllowed, "only counts in namespace "+apitest.OperatorNamespace)
	if got.Status.Roster != nil || len(w.parts("left")) != 0 {
		t.Error("its addresses are stored")
	}
	if who := w.who("ann@example.net"); who != "-" {
		t.Errorf("a tenant suppressed everybody's mail: %s", who)
	}
	own := w.Suppression("left", global, "bob@example.net")
	own.Namespace, own.Name = apitest.OperatorNamespace, "global-"+w.NS
	w.Create(own)
	t.Cleanup(func() { _ = server.Client.Delete(context.Background(), own) })
	got, _ = w.stepIn(own.Namespace, own.Name)
	w.Expect(got, crier.ReasonReady, "1 address.")
	if who := w.who("ann@example.net", "bob@example.net"); who != "- Manual" {
		t.Errorf("suppressed: %s", who)
	}
}

func TestScopes(t *testing.T) {
	w := newWorld(t)
	platform := server.Namespace(t, nil)
	for name, s := range map[string]*crier.Suppression{
		"list":       w.Suppression("left", crier.SuppressionScope{Kind: crier.ScopeList, Name: "staff"}, "a@example.net"),
		"other-list": w.Suppression("left", crier.SuppressionScope{Kind: crier.ScopeList, Name: "news"}, "b@example.net"),
		"relay":      w.Suppression("left", crier.SuppressionScope{Kind: crier.ScopeRelay, Name: "shared"}, "c@example.net"),
	} {
		s.Name = name
		if name == "relay" {
			s.Namespace = platform
		}
		w.Create(s)
		got, result := w.stepIn(s.Namespace, name)
		w.Expect(got, crier.ReasonReady, "1 address. There is no ")
		if result.RequeueAfter != lookEvery {
			t.Errorf("%s: looks again after %s", name, result.RequeueAfter)
		}
	}
	if who := w.who("a@example.net", "b@example.net", "c@example.net"); who != "Manual - -" {
		t.Errorf("by a relay of its own: %s", who)
	}
	mail := w.mail()
	mail.Relay, mail.Lists = crier.NamespacedReference{Namespace: platform, Name: "shared"}, []string{"staff", "news"}
	g := w.gather(mail)
	for _, tc := range []struct {
		name string
		m    *suppression.Matcher
		want string
	}{
		{"staff", g.OfList(t.Context(), "staff", apitest.Start), "true false true"},
		{"news", g.OfList(t.Context(), "news", apitest.Start), "false true true"},
	} {
		var got []string
		for _, a := range []string{"a@example.net", "b@example.net", "c@example.net"} {
			_, suppressed, err := tc.m.Match([]byte(a))
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprint(suppressed))
		}
		if text := strings.Join(got, " "); text != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, text, tc.want)
		}
	}
}

func TestChangedEntriesAreStoredBesideTheOldOnesForAWhile(t *testing.T) {
	w := newWorld(t)
	w.Create(w.Suppression("left", namespaceScope, "ann@example.net"))
	w.step("left")
	old := w.gather(w.mail())
	for _, address := range []crier.MailAddress{"bob@example.net", "cy@example.net"} {
		w.Advance(time.Minute)
		apitest.Edit(w, "left", &crier.Suppression{}, func(s *crier.Suppression) {
			s.Spec.Entries = append(s.Spec.Entries, crier.SuppressionEntry{Address: address})
		})
		if w.gather(w.mail()).Waits() == "" {
			t.Error("nobody waits for a newer generation")
		}
		w.step("left")
		_, _, err := old.OfList(t.Context(), "staff", apitest.Start).Match([]byte("zz@example.net"))
		if address == "bob@example.net" && err != nil {
			t.Errorf("the last ones can't be read: %v", err)
		}
		if address == "cy@example.net" && !errors.Is(err, rosterstore.ErrUnavailable) {
			t.Errorf("those before the last: %v", err)
		}
	}
	if n := len(w.parts("left")); n != 2 {
		t.Errorf("%d parts", n)
	}
	w.Advance(keepPrevious)
	w.step("left")
	if n := len(w.parts("left")); n != 1 {
		t.Errorf("%d parts later", n)
	}
	s := &crier.Suppression{ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: "left"}}
	w.Delete(s)
	w.Reconcile(w.r, s)
	if n := len(w.parts("left")); n != 0 {
		t.Errorf("%d parts of nothing", n)
	}
}

func TestStoredAddressesThatWereDamaged(t *testing.T) {
	w := newWorld(t)
	w.Create(w.Suppression("left", namespaceScope, "ann@example.net"))
	w.step("left")
	key := client.ObjectKey{Namespace: apitest.OperatorNamespace, Name: w.parts("left")[0]}
	if err := server.Client.Delete(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name}}); err != nil {
		t.Fatal(err)
	}
	m := w.gather(w.mail()).OfList(t.Context(), "staff", apitest.Start)
	if _, _, err := m.Match([]byte("ann@example.net")); !errors.Is(err, rosterstore.ErrUnavailable) || strings.Contains(err.Error(), "@") {
		t.Errorf("got %v", err)
	}
	w.step("left")
	if who := w.who("ann@example.net"); who != "Manual" {
		t.Errorf("it wasn't mended: %s", who)
	}
}

func TestSweep(t *testing.T) {
	w := newWorld(t)
	w.Create(w.Suppression("left", namespaceScope, "ann@example.net"))
	w.step("left")
	s := &crier.Suppression{ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: "left"}}
	w.Delete(s)
	for _, tc := range []struct {
		age  time.Duration
		want int
	}{{0, 1}, {time.Hour, 0}} {
		w.Clock.SetTime(time.Now().Add(tc.age))
		if err := (&sweep{w.r}).once(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(w.parts("left")); n != tc.want {
			t.Errorf("after %s: %d parts, want %d", tc.age, n, tc.want)
		}
	}
}

// A part that is in use and goes away is stored anew; one that was replaced
// isn't missed.
func TestPartInUseIsLost(t *testing.T) {
	w := newWorld(t)
	w.Create(w.Suppression("left", namespaceScope, "ann@example.net"))
	s, _ := w.step("left")
	part := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
		Namespace: apitest.OperatorNamespace, Name: names.SuppressionSecretName(w.NS, "left", s.Status.Roster.Digest, 0),
		Labels: map[string]string{crier.LabelComponent: crier.ComponentSuppression, crier.LabelIdentity: names.Identity(w.NS, "left")},
	}}
	if got := w.r.whoLost(t.Context(), part); len(got) != 1 || got[0].NamespacedName != client.ObjectKeyFromObject(s) {
		t.Errorf("got %v", got)
	}
	old := part.DeepCopy()
	old.Name = names.SuppressionSecretName(w.NS, "left", "sha256:0123456789ab", 0)
	elsewhere := part.DeepCopy()
	elsewhere.Namespace = w.NS
	for _, other := range []client.Object{old, elsewhere} {
		if got := w.r.whoLost(t.Context(), other); len(got) != 0 {
			t.Errorf("%s/%s: got %v", other.GetNamespace(), other.GetName(), got)
		}
	}
	for kind, let := range map[string]bool{
		"delete": deleted().Delete(event.DeleteEvent{Object: part}),
		"others": !deleted().Create(event.CreateEvent{Object: part}) && !deleted().Update(event.UpdateEvent{ObjectNew: part}),
	} {
		if !let {
			t.Errorf("%s is seen otherwise", kind)
		}
	}
}
