package messagetemplate

import (
	"os"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/testing/apitest"
)

var server *apitest.Server

func TestMain(m *testing.M) { os.Exit(apitest.Main(m, &server)) }

// looked is a template after a pass.
func looked(t *testing.T, r *Reconciler, key client.ObjectKey) *crier.MessageTemplate {
	t.Helper()
	if _, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: key}); err != nil {
		t.Fatal(err)
	}
	got := &crier.MessageTemplate{}
	if err := server.Client.Get(t.Context(), key, got); err != nil {
		t.Fatal(err)
	}
	if err := reconcile.Check(got.Status.Conditions, got.Status.ObservedGeneration, got.Generation); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestTemplate(t *testing.T) {
	r := &Reconciler{
		Client: server.Client, Clock: clocktesting.NewFakePassiveClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)),
		Recorder: &events.FakeRecorder{Events: make(chan string, 10)},
	}
	template := &crier.MessageTemplate{
		ObjectMeta: metav1.ObjectMeta{Namespace: server.Namespace(t, nil), Name: "plain"},
		Spec: crier.MessageTemplateSpec{
			Parameters: []crier.TemplateParameter{{Name: "headline", Required: true}, {Name: "colour", Type: crier.ParameterColor, Default: "red"}},
			HTML:       "<h1>{{ .Values.headlin }}</h1>{{ .Body }}",
		},
	}
	if err := server.Client.Create(t.Context(), template); err != nil {
		t.Fatal(err)
	}
	key := client.ObjectKeyFromObject(template)
	expect := func(got *crier.MessageTemplate, kind, reason, words string) {
		t.Helper()
		c := meta.FindStatusCondition(got.Status.Conditions, kind)
		if c == nil || c.Status != metav1.ConditionTrue || c.Reason != reason || !strings.Contains(c.Message, words) {
			t.Errorf("%s: %+v, want %s with %q", kind, c, reason, words)
		}
	}
	got := looked(t, r, key)
	expect(got, crier.ConditionStalled, crier.ReasonInvalidTemplate, "line 1: unknown field .Values.headlin: there is no such parameter. Did you mean .Values.headline?")

	got.Spec.HTML = "<h1>{{ .Values.headline }}</h1>{{ .Body }}"
	if err := server.Client.Update(t.Context(), got); err != nil {
		t.Fatal(err)
	}
	expect(looked(t, r, key), crier.ConditionReady, crier.ReasonReady, "2 parameters, required: headline.")

	got = looked(t, r, key)
	got.Status = crier.MessageTemplateStatus{}
	if err := server.Client.Status().Update(t.Context(), got); err != nil {
		t.Fatal(err)
	}
	expect(looked(t, r, key), crier.ConditionReady, crier.ReasonReady, "")

	if err := server.Client.Delete(t.Context(), got); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: key}); err != nil {
		t.Errorf("of one that is gone: %v", err)
	}
}
