package subscriberset

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/apitest"
)

func unionSet(name string, of ...string) *crier.SubscriberSet {
	u := &crier.UnionSource{}
	for _, member := range of {
		u.SubscriberSets = append(u.SubscriberSets, crier.LocalReference{Name: member})
	}
	return &crier.SubscriberSet{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: crier.SubscriberSetSpec{Source: crier.SubscriberSource{Union: u}}}
}

func inlineSet(name string, people ...crier.Subscriber) *crier.SubscriberSet {
	return &crier.SubscriberSet{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: crier.SubscriberSetSpec{Source: crier.SubscriberSource{Inline: people}}}
}

func TestUnionFollows(t *testing.T) {
	w := newWorld(t)
	w.Create(unionSet("staff", "a", "b"))
	set, _ := w.step("staff")
	w.Expect(set, crier.ReasonSourceNotFound, "There is no SubscriberSet a")
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "people"}, Data: map[string]string{"a.csv": "email,name\n1@example.gov,Ann\n2@example.gov,\n"}}
	w.Create(cm)
	a := csvSet(configMap("people", "a.csv"))
	a.Name = "a"
	w.Create(a)
	set, _ = w.step("staff")
	w.Expect(set, crier.ReasonSourceUnavailable, "SubscriberSet a can't be used now (not read yet)")
	w.Create(inlineSet("b", crier.Subscriber{Email: "1@example.gov", Name: "Other"}, crier.Subscriber{Email: "3@example.gov"}))
	w.step("a")
	w.step("b")
	set, _ = w.step("staff")
	w.Expect(set, crier.ReasonReady, "3 subscribers, 1 duplicate.")
	people, err := load(t.Context(), server.Client, apitest.OperatorNamespace, set)
	if err != nil || len(people) != 3 || people[0].Name != "Ann" {
		t.Errorf("%+v, %v", people, err)
	}
	w.silent(set)
	before := set.ResourceVersion
	if set, _ = w.step("staff"); set.ResourceVersion != before {
		t.Error("read again though nothing changed")
	}

	cm.Data["a.csv"] = "email\n2@example.gov\n"
	w.Update(cm)
	w.step("a")
	set, _ = w.step("staff")
	w.Expect(set, crier.ReasonReady, "3 subscribers.")

	// A member that can't be used makes a union that can't be, until it can.
	cm.Data = map[string]string{"b.csv": "email\n2@example.gov\n"}
	w.Update(cm)
	w.step("a")
	set, _ = w.step("staff")
	w.Expect(set, crier.ReasonSourceUnavailable, "SubscriberSet a can't be used now (SourceNotFound)")
	w.synced(set, "False", crier.ReasonSourceUnavailable, "")
	cm.Data = map[string]string{"a.csv": "email\n2@example.gov\n"}
	w.Update(cm)
	w.step("a")
	set, _ = w.step("staff")
	w.Expect(set, crier.ReasonReady, "3 subscribers.")
	w.synced(set, "True", crier.ReasonSynced, "")
}

func TestUnionOfItself(t *testing.T) {
	for _, c := range []struct {
		name    string
		sets    []*crier.SubscriberSet
		message string
	}{
		{"direct", []*crier.SubscriberSet{unionSet("staff", "staff")}, "itself: staff -> staff."},
		{"over two", []*crier.SubscriberSet{unionSet("staff", "x", "a"), unionSet("a", "b"), unionSet("b", "y", "staff")}, "itself: staff -> a -> b -> staff."},
	} {
		w := newWorld(t)
		for _, set := range c.sets {
			w.Create(set)
		}
		set, _ := w.step("staff")
		w.Expect(set, crier.ReasonInvalidSource, c.message)
		w.synced(set, "False", crier.ReasonInvalidSource, "")
	}
	w := newWorld(t)
	w.Create(unionSet("staff", "a"))
	w.Create(unionSet("a", "b"))
	w.Create(unionSet("b", "a"))
	set, _ := w.step("staff") // leads to a cycle, and isn't in it
	w.Expect(set, crier.ReasonSourceUnavailable, "SubscriberSet a")
}

func TestPathBack(t *testing.T) {
	many := map[string][]string{}
	name := func(i int) string { return string(rune('a' + i)) }
	for i := range 20 {
		many[name(i)] = []string{name((i + 1) % 20)}
	}
	if path := shorten(pathBack(many, "a")); len(path) != 11 || path[0] != "a" || path[5] != "..." || path[10] != "a" {
		t.Errorf("path %v", path)
	}
	if path := pathBack(map[string][]string{"a": {"b", "c"}, "b": {"d"}, "c": {"d"}, "d": nil}, "a"); path != nil {
		t.Errorf("a diamond is no cycle: %v", path)
	}
}

func TestWatches(t *testing.T) {
	w := newWorld(t)
	w.Create(unionSet("staff", "a", "b"))
	w.Create(inlineSet("a", crier.Subscriber{Email: "1@example.gov"}))
	login := &crier.SubscriberSet{ObjectMeta: metav1.ObjectMeta{Name: "c"}, Spec: crier.SubscriberSetSpec{Source: crier.SubscriberSource{
		HTTPS: &crier.HTTPSSource{URL: "https://people.example.org/", SecretRef: &crier.LocalReference{Name: "login"}},
	}}}
	w.Create(login)
	named := func(kind, name string) (out []string) {
		for _, r := range w.r.setsOf(kind)(t.Context(), &crier.SubscriberSet{ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: name}}) {
			out = append(out, r.Name)
		}
		return out
	}
	if got := named("SubscriberSet", "a"); !slices.Equal(got, []string{"staff"}) {
		t.Errorf("of a set: %v", got)
	}
	if got := named("Secret", "login"); !slices.Equal(got, []string{"c"}) {
		t.Errorf("of a Secret: %v", got)
	}
	if got := named("ConfigMap", "login"); len(got) != 0 {
		t.Errorf("of a ConfigMap: %v", got)
	}
	set, _ := w.step("a")
	part := &corev1.Secret{}
	var parts corev1.SecretList
	if err := server.Client.List(t.Context(), &parts, client.InNamespace(apitest.OperatorNamespace)); err != nil {
		t.Fatal(err)
	}
	for i := range parts.Items {
		if parts.Items[i].Name == names.RosterSecretName(set.Namespace, set.Name, set.Status.Roster.Digest, 0) {
			part = &parts.Items[i]
		}
	}
	if got := w.r.setOfRoster(t.Context(), part); len(got) != 1 || got[0].Name != "a" {
		t.Errorf("of a part: %v", got)
	}
	if lost := w.r.partLost(); !lost.Delete(event.DeleteEvent{Object: part}) || lost.Create(event.CreateEvent{Object: part}) ||
		lost.Delete(event.DeleteEvent{Object: &corev1.Secret{}}) {
		t.Error("a part that was lost")
	}
	before := set.DeepCopy()
	if usableChanged().Update(event.UpdateEvent{ObjectOld: before, ObjectNew: set}) {
		t.Error("nothing changed")
	}
	before.Status.Roster.Digest = "sha256:0"
	if !usableChanged().Update(event.UpdateEvent{ObjectOld: before, ObjectNew: set}) {
		t.Error("another roster")
	}
	before = set.DeepCopy()
	before.Annotations = map[string]string{crier.AnnotationAcceptSync: "x"}
	if !consentGiven().Update(event.UpdateEvent{ObjectOld: before, ObjectNew: set}) || consentGiven().Update(event.UpdateEvent{ObjectOld: set, ObjectNew: set}) {
		t.Error("consent")
	}
}
