// Package messagetemplate says of MessageTemplates whether they can be used,
// before any Broadcast does.
package messagetemplate

import (
	"context"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/intact"
	"crier.dev/crier/internal/cluster/reconcile"
)

// Reconciler keeps the status of MessageTemplates.
type Reconciler struct {
	// Client writes, Reader asks the API server: the cache has no layouts.
	Client   client.Client
	Reader   client.Reader
	Clock    clock.PassiveClock
	Recorder events.EventRecorder
}

// scope is one Reconcile of one template.
type scope struct {
	*Reconciler

	template *crier.MessageTemplate
	// previous status, as it was read.
	previous crier.MessageTemplateStatus
}

// +kubebuilder:rbac:groups=crier.dev,resources=messagetemplates,verbs=get;list;watch
// +kubebuilder:rbac:groups=crier.dev,resources=messagetemplates/status,verbs=get;patch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconcile makes the status of a template follow it.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	template := &crier.MessageTemplate{}
	if err := intact.Reader(r.Reader).Get(ctx, req.NamespacedName, template); err != nil {
		return reconcile.Unread(ctx, r.Client, r.Recorder, template, r.Clock.Now(), err)
	}
	s := &scope{Reconciler: r, template: template.DeepCopy(), previous: template.Status}
	verdict, err := reconcile.Run(ctx, s.check)
	s.applyVerdict(verdict)
	return reconcile.Write(ctx, r.Client, r.Recorder, reconcile.Outcome{
		Object: s.template, Before: s.previous.Conditions, Verdict: verdict, Err: err,
		Unchanged: equality.Semantic.DeepEqual(s.template.Status, s.previous),
	})
}
