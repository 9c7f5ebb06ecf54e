package broadcast

import (
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/handler"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/cluster/watch"
	"crier.dev/crier/internal/testing/apitest"
)

// cached is a client with the indexes of a manager, and these objects.
func cached(objects ...client.Object) client.Client {
	return fake.NewClientBuilder().WithScheme(apitest.Scheme()).WithObjects(objects...).
		WithStatusSubresource(&crier.Broadcast{}).
		WithIndex(&crier.Broadcast{}, IndexWaits, ByWaits).
		WithIndex(&crier.MailingList{}, watch.IndexRelay, watch.ByRelay).Build()
}

func named(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

func to(namespace, name, list string) *crier.Broadcast {
	return &crier.Broadcast{ObjectMeta: named(namespace, name), Spec: crier.BroadcastSpec{ListRef: &crier.LocalReference{Name: list}}}
}

// An event wakes the Broadcasts that wait for what it is about, and no others.
func TestWhoIsWoken(t *testing.T) {
	withFile, withLayout := to("a", "file", "other"), to("a", "layout", "other")
	withFile.Spec.Content.Attachments = []crier.ContentAttachment{{Name: "x.pdf", ConfigMap: &crier.ObjectKey{Name: "files", Key: "x"}}}
	withLayout.Spec.Content.TemplateRef = &crier.TemplateReference{Name: "notice"}
	sent, started := to("a", "sent", "staff"), to("a", "started", "staff")
	sent.Status.Conditions = []metav1.Condition{{Type: crier.ConditionFinished, Status: metav1.ConditionTrue}}
	started.Status.StartedAt = &metav1.Time{Time: apitest.Start}
	list := func(namespace, relay string) *crier.MailingList {
		return &crier.MailingList{ObjectMeta: named(namespace, "staff"), Spec: crier.MailingListSpec{
			RelayRef: crier.NamespacedReference{Namespace: "mail", Name: relay},
		}}
	}
	r := &Reconciler{Namespace: "crier-system", Client: cached(
		to("a", "news", "staff"), withFile, withLayout, sent, started, to("b", "news", "staff"), list("a", "main"), list("b", "spare"))}
	suppression := func(namespace string, kind crier.SuppressionScopeKind, name string) *crier.Suppression {
		return &crier.Suppression{ObjectMeta: named(namespace, "s"), Spec: crier.SuppressionSpec{Scope: crier.SuppressionScope{Kind: kind, Name: name}}}
	}
	all := []string{"a/file", "a/layout", "a/news"}
	for _, c := range []struct {
		name string
		by   handler.MapFunc
		of   client.Object
		want []string
	}{
		{"list", r.waitingFor(kindList), list("a", "main"), []string{"a/news"}},
		{"list of nobody", r.waitingFor(kindList), &crier.MailingList{ObjectMeta: named("a", "none")}, nil},
		{"layout", r.waitingFor(kindTemplate), &crier.MessageTemplate{ObjectMeta: named("a", "notice")}, []string{"a/layout"}},
		{"file", r.waitingFor("ConfigMap"), &corev1.ConfigMap{ObjectMeta: named("a", "files")}, []string{"a/file"}},
		{"file of another kind", r.waitingFor("Secret"), &corev1.Secret{ObjectMeta: named("a", "files")}, nil},
		{"file elsewhere", r.waitingFor("ConfigMap"), &corev1.ConfigMap{ObjectMeta: named("b", "files")}, nil},
		{"set", r.waitingFor(""), &crier.SubscriberSet{ObjectMeta: named("a", "any")}, all},
		{"namespace", r.waitingOfNamespace, &corev1.Namespace{ObjectMeta: named("", "b")}, []string{"b/news"}},
		{"relay", r.waitingForRelay, &crier.Relay{ObjectMeta: named("mail", "main")}, []string{"a/news"}},
		{"another relay", r.waitingForRelay, &crier.Relay{ObjectMeta: named("b", "main")}, nil},
		{"suppression of a namespace", r.waitingForSuppression, suppression("b", crier.ScopeNamespace, ""), []string{"b/news"}},
		{"of a list", r.waitingForSuppression, suppression("a", crier.ScopeList, "staff"), []string{"a/news"}},
		{"of a relay", r.waitingForSuppression, suppression("mail", crier.ScopeRelay, "spare"), []string{"b/news"}},
		{"of everybody, but a tenant's", r.waitingForSuppression, suppression("b", crier.ScopeGlobal, ""), []string{"b/news"}},
		{"of everybody", r.waitingForSuppression, suppression("crier-system", crier.ScopeGlobal, ""), append(slices.Clone(all), "b/news")},
	} {
		if got := keys(c.by(t.Context(), c.of)); !slices.Equal(got, c.want) {
			t.Errorf("%s wakes %q, want %q", c.name, got, c.want)
		}
	}
}

func keys(requests []ctrl.Request) (keys []string) {
	for _, r := range requests {
		keys = append(keys, r.String())
	}
	slices.Sort(keys)
	return keys
}

func TestInterval(t *testing.T) {
	for waited, want := range map[time.Duration]time.Duration{
		0: whileWaiting, 20 * time.Second: whileWaiting, time.Minute: 30 * time.Second, time.Hour: 5 * time.Minute, 1000 * time.Hour: 5 * time.Minute,
	} {
		if got := interval(waited); got != want {
			t.Errorf("after %s: %s, want %s", waited, got, want)
		}
	}
}

func TestPatience(t *testing.T) {
	var p patience
	key, now := types.NamespacedName{Namespace: "a", Name: "b"}, apitest.Start
	p.next(key, crier.ReasonListNotFound, now)
	later := now.Add(time.Hour)
	if got := p.next(key, crier.ReasonListNotFound, later); got != longestWait {
		t.Errorf("after an hour: %s", got)
	}
	if got := p.next(key, crier.ReasonListNotReady, later); got != whileWaiting {
		t.Errorf("for another reason: %s", got)
	}
	p.forget(key)
	if len(p.known) > 0 {
		t.Error("remembered")
	}
}

// crier ledger release says that what was held goes on within a minute.
func TestStaleLedgerIsLookedAtSoon(t *testing.T) {
	r := &Reconciler{}
	for reason, want := range map[string]time.Duration{crier.ReasonListNotFound: longestWait, crier.ReasonLedgerStale: whileWaiting} {
		var after time.Duration
		for _, now := range []time.Time{apitest.Start, apitest.Start.Add(time.Hour)} {
			s := &scope{Reconciler: r, broadcast: &crier.Broadcast{}, now: now}
			after = s.patiently(reconcile.IsStalled(reason, "It waits.").After(whileWaiting)).RequeueAfter
		}
		if after != want {
			t.Errorf("%s: after %s, want %s", reason, after, want)
		}
	}
}
