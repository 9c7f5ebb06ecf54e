package reconcile

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	crier "crier.dev/crier/api/v1alpha1"
)

func scheme(t *testing.T) *runtime.Scheme {
	t.Helper()
	s := runtime.NewScheme()
	if err := crier.AddToScheme(s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWrite(t *testing.T) {
	gone := apierrors.NewNotFound(crier.Resource("relays"), "r")
	away, broken := errors.New("etcd is away"), errors.New("a phase failed")
	again := IsReady(crier.ReasonReady, "Done.").After(time.Minute)
	for _, c := range []struct {
		name            string
		outcome         Outcome
		applying        error
		applied, events int
		after           time.Duration
		wants           []error
	}{
		{"ready", Outcome{Verdict: again}, nil, 1, 1, time.Minute, nil},
		{"still ready: the cache may be old", Outcome{Verdict: again, Before: Conditions(nil, 1, again, time.Now())}, nil, 1, 0, time.Minute, nil},
		{"surely unchanged", Outcome{Verdict: again, Unchanged: true}, nil, 0, 0, time.Minute, nil},
		{"gone", Outcome{Verdict: again}, gone, 1, 0, 0, nil},
		{"not written: no event of what nobody can see", Outcome{Verdict: again}, away, 1, 0, 0, []error{away}},
		{"a phase failed: the status says so", Outcome{Verdict: again, Err: broken}, nil, 1, 1, 0, []error{broken}},
		{"both failed", Outcome{Verdict: again, Err: broken}, away, 1, 0, 0, []error{away, broken}},
	} {
		t.Run(c.name, func(t *testing.T) {
			applied := 0
			with := interceptor.NewClient(fake.NewClientBuilder().WithScheme(scheme(t)).Build(), interceptor.Funcs{
				SubResourceApply: func(context.Context, client.Client, string, runtime.ApplyConfiguration, ...client.SubResourceApplyOption) error {
					applied++
					return c.applying
				},
			})
			relay := &crier.Relay{ObjectMeta: metav1.ObjectMeta{Name: "r", Namespace: "n"}}
			relay.Status.Conditions = Conditions(nil, 1, c.outcome.Verdict, time.Now())
			c.outcome.Object = relay
			recorder := events.NewFakeRecorder(10)
			result, err := Write(t.Context(), with, recorder, c.outcome)
			if applied != c.applied || len(recorder.Events) != c.events || result.RequeueAfter != c.after || (err == nil) != (c.wants == nil) {
				t.Errorf("applied %d times, %d events, again after %s, %v", applied, len(recorder.Events), result.RequeueAfter, err)
			}
			for _, want := range c.wants {
				if !errors.Is(err, want) {
					t.Errorf("%v hides that %v", err, want)
				}
			}
		})
	}
}

// A kind that nobody told statusOf of would have no events, and no status when
// it can't be read.
func TestEveryKindWithConditionsIsKnown(t *testing.T) {
	s, kinds := scheme(t), 0
	for kind, of := range s.KnownTypes(crier.GroupVersion) {
		status := reflect.New(of).Elem().FieldByName("Status")
		if !status.IsValid() || status.Kind() != reflect.Struct || !status.FieldByName("Conditions").IsValid() {
			continue
		}
		kinds++
		obj, err := s.New(crier.GroupVersion.WithKind(kind))
		if err != nil {
			t.Fatal(err)
		}
		conditions, generation := statusOf(obj.(client.Object))
		if conditions == nil || generation == nil {
			t.Errorf("%s is not known", kind)
		}
	}
	if kinds < 6 {
		t.Errorf("%d kinds have conditions", kinds)
	}
}
