package subscriberset

import (
	"bytes"
	"compress/gzip"
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

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/rosterstore"
	"crier.dev/crier/internal/cluster/watch"
	"crier.dev/crier/internal/names"
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
	server.Index(&crier.SubscriberSet{}, watch.IndexUses, (&Reconciler{}).byUses)
	server.Index(&crier.SubscriberSet{}, watch.IndexIdentity, watch.ByIdentity)
	w := &world{World: server.NewWorld(t)}
	w.r = &Reconciler{
		Client: server.Client, Reader: server.Client, Namespace: apitest.OperatorNamespace,
		Clock: w.Clock, Recorder: w.Recorder(),
	}
	return w
}

// step reconciles a set once.
func (w *world) step(name string) (*crier.SubscriberSet, ctrl.Result) {
	w.Helper()
	set := &crier.SubscriberSet{ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: name}}
	return set, w.Step(w.r, set)
}

func (w *world) parts() []string {
	w.Helper()
	var secrets corev1.SecretList
	if err := server.Client.List(w.Context(), &secrets, client.InNamespace(apitest.OperatorNamespace)); err != nil {
		w.Fatal(err)
	}
	var found []string
	for _, s := range secrets.Items {
		if strings.HasPrefix(s.Name, "roster-"+names.Identity(w.NS, "staff")+"-") {
			found = append(found, s.Name)
		}
	}
	return found
}

func csvSet(from ...crier.CSVObject) *crier.SubscriberSet {
	return &crier.SubscriberSet{
		ObjectMeta: metav1.ObjectMeta{Name: "staff"},
		Spec:       crier.SubscriberSetSpec{Source: crier.SubscriberSource{CSV: &crier.CSVSource{From: from}}},
	}
}

func configMap(name string, keys ...string) crier.CSVObject {
	return crier.CSVObject{ConfigMap: &crier.CSVKeys{Name: name, Keys: keys}}
}

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestInline(t *testing.T) {
	w := newWorld(t)
	w.Create(&crier.SubscriberSet{
		ObjectMeta: metav1.ObjectMeta{Name: "staff"},
		Spec: crier.SubscriberSetSpec{Source: crier.SubscriberSource{Inline: []crier.Subscriber{
			{Email: "bob@example.gov", Name: "Bob", Attributes: map[string]string{"agency": "tax"}},
			{Email: "ann@example.gov"},
			{Email: "nobody"},
			{Email: "BOB@example.gov"},
		}}},
	})
	set, _ := w.step("staff")
	w.Expect(set, crier.ReasonReady, "2 subscribers, 1 rejected row, 1 duplicate.")
	s := set.Status
	if s.Subscribers != 2 || s.Rejected != 1 || s.Duplicates != 1 || len(s.Attributes) != 1 || s.Roster.Parts != 1 {
		t.Fatalf("status %+v", s)
	}
	if row := s.RejectedRows[0]; row.Source != "inline" || row.Line != 3 || row.Excerpt != "nobody" {
		t.Errorf("rejected row %+v", row)
	}
	if !gather.SetReady(set) {
		t.Error("not ready for plans")
	}
	subscribers, err := load(t.Context(), server.Client, apitest.OperatorNamespace, set)
	if err != nil || len(subscribers) != 2 || subscribers[0].Email != "ann@example.gov" || subscribers[1].Attributes["agency"] != "tax" {
		t.Errorf("loaded %+v, %v", subscribers, err)
	}
	if told := <-w.Events; told != "Normal Ready 2 subscribers, 1 rejected row, 1 duplicate." {
		t.Errorf("event %q", told)
	}
	before := set.ResourceVersion
	if set, _ = w.step("staff"); set.ResourceVersion != before {
		t.Error("a pass that found nothing new wrote the status")
	}
	if len(w.Events) != 0 {
		t.Errorf("event without a milestone: %q", <-w.Events)
	}
}

func TestNobody(t *testing.T) {
	w := newWorld(t)
	w.Create(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "people"}, Data: map[string]string{"a.csv": "email\n"}})
	w.Create(csvSet(configMap("people")))
	set, _ := w.step("staff")
	w.Expect(set, crier.ReasonReady, "0 subscribers.")
	if !gather.SetReady(set) || set.Status.Roster.Parts != 0 || len(w.parts()) != 0 {
		t.Errorf("roster %+v", set.Status.Roster)
	}
	if subscribers, err := load(t.Context(), server.Client, apitest.OperatorNamespace, set); err != nil || len(subscribers) != 0 {
		t.Errorf("loaded %d, %v", len(subscribers), err)
	}
}

// A source of which nobody can be read isn't an empty one: it isn't known who is
// meant to get something, or not to.
func TestNobodyCanBeRead(t *testing.T) {
	for name, c := range map[string]struct {
		source crier.SubscriberSource
		says   string
	}{
		"rows":      {crier.SubscriberSource{Inline: []crier.Subscriber{{Email: "nobody"}, {Email: "no one"}}}, "None of the 2 rows can be used, so it isn't known who is meant. inline, line 1: The email address is not valid: no @."},
		"no column": {csvSource("a.csv"), "ConfigMap/people/a.csv: There is no column email. The file has: E-Mail, Name."},
		"one of":    {csvSource("b.csv", "a.csv"), "There is no column email."},
		"empty":     {csvSource("c.csv"), "The file is empty"},
		"damaged":   {csvSource("d.csv"), "can't be unpacked"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Create(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "people"},
				Data:       map[string]string{"a.csv": "E-Mail;Name\nann@example.gov;Ann\n", "b.csv": "email\nann@example.gov\n", "c.csv": ""},
				BinaryData: map[string][]byte{"d.csv": packed(t, "email\nann@example.gov\n")[:20]}})
			w.Create(&crier.SubscriberSet{ObjectMeta: metav1.ObjectMeta{Name: "staff"}, Spec: crier.SubscriberSetSpec{Source: c.source}})
			set, _ := w.step("staff")
			w.Expect(set, crier.ReasonSourceUnreadable, c.says)
			if gather.SetReady(set) {
				t.Errorf("ready with %+v", set.Status)
			}
		})
	}
	w := newWorld(t)
	w.Create(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "people"}})
	w.Create(csvSet(configMap("people")))
	set, _ := w.step("staff")
	w.Expect(set, crier.ReasonSourceNotFound, "ConfigMap people has no keys, so there is no file.")
}

func csvSource(keys ...string) crier.SubscriberSource {
	return crier.SubscriberSource{CSV: &crier.CSVSource{From: []crier.CSVObject{configMap("people", keys...)}}}
}

func TestCSVOfSeveralObjects(t *testing.T) {
	w := newWorld(t)
	w.Create(&corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "plain"},
		Data: map[string]string{
			"b.csv":      "email,name\nc@example.gov,C\n",
			"a.csv":      "Email;Name\na@example.gov;A\nbroken;B\n",
			"readme.txt": "not read",
		},
	})
	w.Create(&corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "packed"},
		BinaryData: map[string][]byte{"c.csv.gz": packed(t, "email\nd@example.gov\na@example.gov\n")},
	})
	w.Create(csvSet(configMap("plain", "a.csv", "b.csv"), configMap("packed")))
	set, _ := w.step("staff")
	w.Expect(set, crier.ReasonReady, "3 subscribers, 1 rejected row, 1 duplicate.")
	if row := set.Status.RejectedRows[0]; row.Source != "ConfigMap/plain/a.csv" || row.Line != 3 {
		t.Errorf("rejected row %+v", row)
	}
}

// Argo CD applies in any order, and an edit may break a source that was fine.
func TestSourceComesGoesAndComes(t *testing.T) {
	w := newWorld(t)
	w.Create(csvSet(configMap("people", "a.csv")))
	set, result := w.step("staff")
	w.Expect(set, crier.ReasonSourceNotFound, "There is no ConfigMap people in namespace "+w.NS)
	if set.Status.Roster != nil || result.RequeueAfter == 0 {
		t.Errorf("roster %+v, again after %s", set.Status.Roster, result.RequeueAfter)
	}

	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "people"}, Data: map[string]string{"a.csv": "email\na@example.gov\n"}}
	w.Create(cm)
	set, _ = w.step("staff")
	w.Expect(set, crier.ReasonReady, "1 subscriber.")
	roster := *set.Status.Roster

	cm.Data = map[string]string{"b.csv": "email\n"}
	w.Update(cm)
	set, _ = w.step("staff")
	w.Expect(set, crier.ReasonSourceNotFound, "ConfigMap people has no key a.csv.")
	if gather.SetReady(set) || set.Status.Roster.Digest != roster.Digest || set.Status.Subscribers != 1 {
		t.Errorf("the last roster is not kept: %+v", set.Status)
	}
	if _, err := load(t.Context(), server.Client, apitest.OperatorNamespace, set); err != nil {
		t.Errorf("the last roster can't be read: %v", err)
	}
}

func TestSecretOnlyWithLabel(t *testing.T) {
	w := newWorld(t)
	w.Create(csvSet(crier.CSVObject{Secret: &crier.CSVKeys{Name: "people"}}))
	set, _ := w.step("staff")
	w.Expect(set, crier.ReasonSourceNotFound, "There is no Secret people in namespace "+w.NS)

	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "people", Labels: map[string]string{crier.LabelUse: crier.UseRelay}},
		StringData: map[string]string{"a.csv": "email,pay\na@example.gov,hunter2\nbroken,hunter2\n"},
	}
	w.Create(secret)
	set, _ = w.step("staff")
	w.Expect(set, crier.ReasonSecretNotLabeled, "kubectl label secret people -n "+w.NS+" crier.dev/use=roster")

	secret.Labels[crier.LabelUse] = crier.UseRoster
	w.Update(secret)
	set, _ = w.step("staff")
	w.Expect(set, crier.ReasonReady, "1 subscriber, 1 rejected row.")
	if row := set.Status.RejectedRows[0]; row.Excerpt != "" || row.Line != 3 || strings.Contains(fmt.Sprint(set.Status), "hunter2") {
		t.Errorf("the content of a Secret shows: %+v", set.Status)
	}
}

// The roster before the present one stays for ten minutes, others go at once.
func TestRostersAreTidied(t *testing.T) {
	w := newWorld(t)
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "people"}, Data: map[string]string{"a.csv": "email\nv1@example.gov\n"}}
	w.Create(cm)
	w.Create(csvSet(configMap("people")))
	first, _ := w.step("staff")

	change := func(version int) (*crier.SubscriberSet, ctrl.Result) {
		t.Helper()
		w.Advance(time.Minute)
		cm.Data["a.csv"] = fmt.Sprintf("email\nv%d@example.gov\n", version)
		w.Update(cm)
		return w.step("staff")
	}
	second, result := change(2)
	if len(w.parts()) != 2 || result.RequeueAfter != keepPrevious {
		t.Fatalf("parts %v, again after %s", w.parts(), result.RequeueAfter)
	}
	if _, err := load(t.Context(), server.Client, apitest.OperatorNamespace, first); err != nil {
		t.Errorf("a plan with the status before: %v", err)
	}
	change(3)
	if len(w.parts()) != 2 {
		t.Errorf("parts %v", w.parts())
	}
	if _, err := load(t.Context(), server.Client, apitest.OperatorNamespace, first); !errors.Is(err, rosterstore.ErrUnavailable) {
		t.Errorf("the oldest roster: %v", err)
	}
	if _, err := load(t.Context(), server.Client, apitest.OperatorNamespace, second); err != nil {
		t.Errorf("the roster before: %v", err)
	}
	w.Advance(keepPrevious)
	third, _ := w.step("staff")
	if len(w.parts()) != 1 {
		t.Errorf("parts %v", w.parts())
	}
	if _, err := load(t.Context(), server.Client, apitest.OperatorNamespace, third); err != nil {
		t.Errorf("the present roster: %v", err)
	}
}

func TestRosterIsRepaired(t *testing.T) {
	w := newWorld(t)
	w.Create(&crier.SubscriberSet{
		ObjectMeta: metav1.ObjectMeta{Name: "staff"},
		Spec:       crier.SubscriberSetSpec{Source: crier.SubscriberSource{Inline: []crier.Subscriber{{Email: "a@example.gov"}}}},
	})
	set, _ := w.step("staff")
	part := &corev1.Secret{}
	key := client.ObjectKey{Namespace: apitest.OperatorNamespace, Name: w.parts()[0]}
	if err := server.Client.Get(t.Context(), key, part); err != nil {
		t.Fatal(err)
	}
	if part.Immutable == nil || !*part.Immutable || part.Labels[crier.LabelComponent] != crier.ComponentRoster {
		t.Errorf("part %+v", part.ObjectMeta)
	}
	w.Delete(part)
	if _, err := load(t.Context(), server.Client, apitest.OperatorNamespace, set); !errors.Is(err, rosterstore.ErrUnavailable) {
		t.Errorf("without its part: %v", err)
	}
	forged := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name, Labels: part.Labels},
		Data:       map[string][]byte{names.RosterKey: packed(t, `{"email":"mallory@example.org"}`+"\n")},
	}
	if err := server.Client.Create(t.Context(), forged); err != nil {
		t.Fatal(err)
	}
	if _, err := load(t.Context(), server.Client, apitest.OperatorNamespace, set); !errors.Is(err, rosterstore.ErrUnavailable) {
		t.Errorf("with a forged part: %v", err)
	}
	set, _ = w.step("staff")
	got, err := load(t.Context(), server.Client, apitest.OperatorNamespace, set)
	if err != nil || len(got) != 1 || got[0].Email != "a@example.gov" {
		t.Errorf("after another pass: %v, %v", got, err)
	}
}

func TestDeletedSetLeavesNothing(t *testing.T) {
	for _, how := range []string{"reconcile", "sweep"} {
		w := newWorld(t)
		set := &crier.SubscriberSet{
			ObjectMeta: metav1.ObjectMeta{Name: "staff"},
			Spec:       crier.SubscriberSetSpec{Source: crier.SubscriberSource{Inline: []crier.Subscriber{{Email: "a@example.gov"}}}},
		}
		w.Create(set)
		w.step("staff")
		clean := func(ctx context.Context) error { return (&sweep{w.r}).once(ctx) }
		if how == "reconcile" {
			clean = func(ctx context.Context) error {
				_, err := w.r.Reconcile(ctx, ctrl.Request{NamespacedName: client.ObjectKey{Namespace: w.NS, Name: "staff"}})
				return err
			}
		}
		if err := clean(t.Context()); err != nil || len(w.parts()) != 1 {
			t.Fatalf("%s while the set is there: %v, %v", how, w.parts(), err)
		}
		w.Delete(set)
		if how == "sweep" {
			w.Clock.SetTime(time.Now())
			if err := clean(t.Context()); err != nil || len(w.parts()) != 1 {
				t.Errorf("a young roster: %v, %v", w.parts(), err)
			}
			w.Clock.SetTime(time.Now().Add(time.Hour))
		}
		if err := clean(t.Context()); err != nil || len(w.parts()) != 0 {
			t.Errorf("%s when it is gone: %v, %v", how, w.parts(), err)
		}
	}
}

// A status that somebody wiped comes back, and a plan finds the same roster.
func TestWipedStatus(t *testing.T) {
	w := newWorld(t)
	w.Create(&crier.SubscriberSet{
		ObjectMeta: metav1.ObjectMeta{Name: "staff"},
		Spec:       crier.SubscriberSetSpec{Source: crier.SubscriberSource{Inline: []crier.Subscriber{{Email: "a@example.gov"}}}},
	})
	before, _ := w.step("staff")
	set := before.DeepCopy()
	set.Status = crier.SubscriberSetStatus{}
	if err := server.Client.Status().Update(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	after, _ := w.step("staff")
	if !gather.SetReady(after) || after.Status.Roster.Digest != before.Status.Roster.Digest || len(w.parts()) != 1 {
		t.Errorf("status %+v, parts %v", after.Status, w.parts())
	}
}
