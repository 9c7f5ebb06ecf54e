package flow_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/controllers/suppression"
	"crier.dev/crier/internal/cluster/reporting"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/names"
	rules "crier.dev/crier/internal/recipients/suppression"
	"crier.dev/crier/internal/testing/apitest"
)

// suppress declares who isn't written to, without having it read.
func (w *world) suppress(name string, scope crier.SuppressionScope, reason crier.SuppressionReason, addresses ...string) {
	w.Helper()
	s := w.Suppression(name, scope)
	s.Spec.Reason = reason
	for _, a := range addresses {
		s.Spec.Entries = append(s.Spec.Entries, crier.SuppressionEntry{Address: crier.MailAddress(a)})
	}
	w.Create(s)
}

// readSuppressions steps their controller.
func (w *world) readSuppressions(names ...string) {
	w.Helper()
	r := &suppression.Reconciler{
		Client: api, Reader: api, Namespace: apitest.OperatorNamespace, Clock: w.Clock,
		Recorder: w.Recorder(),
	}
	for _, name := range names {
		w.Reconcile(r, w.Suppression(name, crier.SuppressionScope{}))
	}
}

// wanted is the version of the marks that senders are told to have.
func (w *world) wanted() string {
	w.Helper()
	c, err := handout.Decode(w.connectionOf(w.recordName()).Data[names.HandoutKey])
	if err != nil {
		w.Fatal(err)
	}
	return c.Suppressions
}

// marks are those that senders read; they must be the ones that they are told
// to have.
func (w *world) marks() *rules.Marks {
	w.Helper()
	secret := &corev1.Secret{}
	name := names.MarksSecretName(w.recordName(), w.record().State.Frozen.Attempt)
	if err := api.Get(w.Context(), client.ObjectKey{Namespace: apitest.OperatorNamespace, Name: name}, secret); err != nil {
		w.Fatal(err)
	}
	marks, err := rules.DecodeMarks(secret.Data[names.MarksKey])
	if err != nil {
		w.Fatal(err)
	}
	if marks.Version != w.wanted() {
		w.Fatalf("senders are told to have %s, and there is %s", w.wanted(), marks.Version)
	}
	return marks
}

// heeding has the marks before it sends, as a sender does.
func (w *world) heeding(reply replies) replies {
	marks := w.marks()
	return func(i int) ledger.Result {
		if reason, suppressed := marks.Suppressed(0, i); suppressed {
			return ledger.Result{Index: i, State: crier.DeliverySuppressed, Reply: crier.ShardReply{Cause: string(reason)}}
		}
		return reply(i)
	}
}

var allOfNamespace = crier.SuppressionScope{Kind: crier.ScopeNamespace}

// Whoever is suppressed after recipients were written down doesn't get the
// message, whenever his turn comes.
func TestSuppressedAfterTheFreeze(t *testing.T) {
	w := newWorld(t, 10)
	w.suppress("before", allOfNamespace, crier.SuppressedManual, apitest.Email(3))
	w.readSuppressions("before")
	w.frozen()
	if r := w.record().State; r.Totals.Intended != 9 || r.Lists.Names[0] != "staff" || r.Lists.Purpose != crier.PurposeMandatory ||
		r.Suppressions.Digest != w.wanted() || len(w.marks().Shards) != 0 {
		t.Fatalf("record %+v, %s", r, w.wanted())
	}
	w.Advance(5 * time.Second)
	w.send(w.recordName(), 4, w.heeding(accepted))

	// Two more, one of whom left a list that nobody can leave. Before that was
	// read, nothing is sent.
	w.suppress("manual", allOfNamespace, crier.SuppressedManual, apitest.Email(0), apitest.Email(8))
	w.suppress("left", allOfNamespace, crier.SuppressedUnsubscribed, apitest.Email(9))
	w.carry(w.recordName())
	if got := w.wanted(); got != handout.SuppressionsUnknown {
		t.Errorf("senders go on with %s", got)
	}
	w.look(crier.ReasonSuppressionNotReady, "Suppression "+w.NS+"/left and "+w.NS+"/manual is still being read")
	w.readSuppressions("manual", "left")
	w.carry(w.recordName())
	w.look(crier.ReasonSending, "")

	w.Advance(5 * time.Second)
	w.over(w.heeding(accepted))
	b := w.look(crier.ReasonSent, "100% of 8 recipients accepted")
	if got := b.Status.Totals; got.Accepted != 8 || got.Suppressed != 1 || got.Intended != 9 || b.Status.Accepted != "100%" {
		t.Errorf("totals %+v, %s", got, b.Status.Accepted)
	}
	for _, d := range b.Status.Deliveries {
		if (d.State == crier.DeliverySuppressed) != (d.Recipient == apitest.Email(8)) {
			t.Errorf("%+v", d)
		}
	}
	page := apitest.Get(w, "news-report", &corev1.ConfigMap{})
	if text := page.Data[reporting.SummaryKey]; !strings.Contains(text, "1 suppressed") || !strings.Contains(text, "entered the address") {
		t.Errorf("summary %s", text)
	}
	if rows := page.Data[reporting.FailuresKey]; !strings.Contains(rows, apitest.Email(8)+",Suppressed,Manual") {
		t.Errorf("rows %s", rows)
	}
	w.afterTheSuppression()
}

// afterTheSuppression resends to those who remain: once while he still is
// suppressed, and once when he isn't any more.
func (w *world) afterTheSuppression() {
	w.Helper()
	w.resend("again", crier.ResendRemaining)
	w.carry(w.recordName())
	w.over(w.heeding(accepted))
	if got := w.look(crier.ReasonSent, "").Status.Totals; got.Suppressed != 1 || got.Accepted != 8 {
		w.Errorf("still suppressed: %+v", got)
	}
	w.Delete(&crier.Suppression{ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: "manual"}})
	w.resend("later", crier.ResendRemaining)
	w.carry(w.recordName())
	w.over(w.heeding(accepted))
	if got := w.look(crier.ReasonSent, "").Status.Totals; got.Suppressed != 0 || got.Accepted != 9 {
		w.Errorf("not suppressed any more: %+v", got)
	}
}

// No pass begins before it is known who is suppressed.
func TestPassWaitsForSuppressions(t *testing.T) {
	w := newWorld(t, 3)
	w.Create(w.Broadcast())
	w.look(crier.ReasonSending, "")
	w.stage(crier.RecordFrozen)
	w.suppress("new", crier.SuppressionScope{Kind: crier.ScopeList, Name: "staff"}, crier.SuppressedLegal, apitest.Email(1))
	w.carry(w.recordName())
	if r := w.record(); r.State.Pass != nil || len(w.jobs(w.recordName())) > 0 {
		t.Errorf("a pass began: %+v", r.State.Pass)
	}
	w.look(crier.ReasonSuppressionNotReady, "so it isn't known who is suppressed")
	w.readSuppressions("new")
	w.carry(w.recordName())
	w.over(w.heeding(accepted))
	if got := w.look(crier.ReasonSent, "").Status.Totals; got.Accepted != 2 || got.Suppressed != 1 {
		t.Errorf("totals %+v", got)
	}
}

// Of a message for several lists, whoever leaves the one that he is reached by
// doesn't get it; whoever had left another one before does.
func TestSuppressedInOneOfSeveralLists(t *testing.T) {
	w := newWorld(t, 3)
	others := w.set("others", 0)
	others.Spec.Source.Inline = []crier.Subscriber{{Email: apitest.Email(2)}, {Email: "q@example.net"}, {Email: "r@example.net"}}
	w.Create(others)
	w.Create(w.second("others"))
	w.prepare()
	staff, public := crier.SuppressionScope{Kind: crier.ScopeList, Name: "staff"}, crier.SuppressionScope{Kind: crier.ScopeList, Name: "public"}
	w.suppress("staff", staff, crier.SuppressedManual, apitest.Email(2))
	w.readSuppressions("staff")
	w.frozen(both)
	if got := w.record().State; got.Totals.Intended != 5 || len(got.Lists.Names) != 2 {
		t.Fatalf("record %+v", got)
	}
	w.suppress("public", public, crier.SuppressedManual, apitest.Email(0), "q@example.net")
	w.readSuppressions("public")
	w.carry(w.recordName())
	w.over(w.heeding(accepted))
	b := w.look(crier.ReasonSent, "")
	for _, d := range b.Status.Deliveries {
		if (d.State == crier.DeliverySuppressed) != (d.Recipient == "q@example.net") {
			t.Errorf("%+v", d)
		}
	}
}

// Addresses that can't be read keep everything waiting.
func TestSuppressionsThatAreGone(t *testing.T) {
	w := newWorld(t, 3)
	w.frozen()
	w.suppress("new", allOfNamespace, crier.SuppressedLegal, apitest.Email(1))
	w.readSuppressions("new")
	secrets := &corev1.SecretList{}
	must(w, api.List(t.Context(), secrets, client.InNamespace(apitest.OperatorNamespace), client.MatchingLabels{
		crier.LabelComponent: crier.ComponentSuppression, crier.LabelIdentity: names.Identity(w.NS, "new"),
	}))
	w.Delete(&secrets.Items[0])
	w.carry(w.recordName())
	if got := w.wanted(); got != handout.SuppressionsUnknown {
		t.Errorf("senders go on with %s", got)
	}
	w.look(crier.ReasonSuppressionNotReady, "are being read again")
	w.readSuppressions("new")
	w.carry(w.recordName())
	if _, suppressed := w.marks().Suppressed(0, 1); !suppressed {
		t.Error("it wasn't marked")
	}
}

// A manager that was overtaken doesn't put older marks in the place of newer ones.
func TestMarksAreNotOverwrittenByOlderOnes(t *testing.T) {
	w := newWorld(t, 3)
	w.frozen()
	w.suppress("new", allOfNamespace, crier.SuppressedLegal, apitest.Email(1))
	w.readSuppressions("new")
	old := &corev1.Secret{}
	name := names.MarksSecretName(w.recordName(), w.record().State.Frozen.Attempt)
	must(w, api.Get(t.Context(), client.ObjectKey{Namespace: apitest.OperatorNamespace, Name: name}, old))
	w.carry(w.recordName())
	if err := api.Update(t.Context(), old); !apierrors.IsConflict(err) {
		t.Errorf("got %v", err)
	}
	if _, suppressed := w.marks().Suppressed(0, 1); !suppressed {
		t.Error("it wasn't marked")
	}
}

// Whatever keeps marks from being posted keeps senders from going on with
// those that they have.
func TestMarksThatCantBePosted(t *testing.T) {
	w := newWorld(t, 3)
	w.frozen()
	w.suppress("new", allOfNamespace, crier.SuppressedLegal, apitest.Email(1))
	w.readSuppressions("new")
	w.restart(interceptor.NewClient(api, interceptor.Funcs{
		Update: func(ctx context.Context, c client.WithWatch, obj client.Object, o ...client.UpdateOption) error {
			if obj.GetLabels()[crier.LabelComponent] == crier.ComponentMarks {
				return apierrors.NewForbidden(corev1.Resource("secrets"), obj.GetName(), errors.New("quota"))
			}
			return c.Update(ctx, obj, o...)
		},
	}))
	w.carry(w.recordName())
	if got := w.wanted(); got != handout.SuppressionsUnknown {
		t.Errorf("senders go on with %s", got)
	}
	w.look(crier.ReasonSuppressionNotReady, "Crier can't find out who is suppressed")
	w.restart(api)
	w.carry(w.recordName())
	if _, suppressed := w.marks().Suppressed(0, 1); !suppressed {
		t.Error("it wasn't marked")
	}
}

// What nobody got is not complete.
func TestAllAreSuppressed(t *testing.T) {
	w := newWorld(t, 2)
	w.frozen()
	w.suppress("new", allOfNamespace, crier.SuppressedLegal, apitest.Email(0), apitest.Email(1))
	w.readSuppressions("new")
	w.carry(w.recordName())
	w.over(w.heeding(accepted))
	b := w.look(crier.ReasonNotSent, "all 2 recipients were suppressed")
	w.condition(b, crier.ConditionFinished, true, crier.ReasonNotSent)
	w.condition(b, crier.ConditionComplete, false, crier.ReasonNotSent)
}

// A Broadcast that an earlier release froze has a Role without the marks, and
// senders of this one would wait for them for ever.
func TestRightsOfAnEarlierRelease(t *testing.T) {
	w := newWorld(t, 3)
	w.frozen()
	record := w.record()
	role := &rbacv1.Role{}
	key := client.ObjectKey{Namespace: apitest.OperatorNamespace, Name: names.SenderName(record.Name, record.State.Frozen.Attempt)}
	must(w, api.Get(t.Context(), key, role))
	marks := names.MarksSecretName(record.Name, record.State.Frozen.Attempt)
	role.Rules[1].ResourceNames = slices.DeleteFunc(role.Rules[1].ResourceNames, func(name string) bool { return name == marks })
	must(w, api.Update(t.Context(), role))
	record.State.Suppressions, record.State.Lists = nil, nil
	must(w, api.Update(t.Context(), record))
	w.endJob(w.recordName())
	w.carry(w.recordName())
	w.Advance(10 * time.Second)
	w.carry(w.recordName())
	must(w, api.Get(t.Context(), key, role))
	if !slices.Contains(role.Rules[1].ResourceNames, marks) {
		t.Errorf("senders may read %v", role.Rules[1].ResourceNames)
	}
}
