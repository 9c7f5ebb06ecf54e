// Package trim says what of an object the manager keeps in memory. One manager
// keeps the objects of all tenants, so it keeps what wakes and finds them, and
// reads the rest when it is needed.
package trim

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"k8s.io/apimachinery/pkg/api/meta"

	crier "crier.dev/crier/api/v1alpha1"
)

// own is the prefix of Crier's labels and annotations.
const own = "crier.dev/"

// Object is a transform for a cache: it takes away what nobody looks for in it.
// Objects of users are never written back, so that nothing is lost. kubectl's
// annotation of what was applied last is all of an object once more, the content
// of a Secret among it.
func Object(obj any) (any, error) {
	if o, err := meta.Accessor(obj); err == nil {
		o.SetManagedFields(nil)
	}
	switch o := obj.(type) {
	case *metav1.PartialObjectMetadata:
		metadata(o)
	case *crier.Broadcast:
		annotations(o)
		broadcast(o)
	case *crier.MessageTemplate:
		annotations(o)
		o.Spec = crier.MessageTemplateSpec{}
	case *crier.SubscriberSet:
		annotations(o)
		if o.Spec.Source.Inline != nil {
			o.Spec.Source.Inline = []crier.Subscriber{} // it still is of that kind
		}
		o.Status.RejectedRows, o.Status.RejectedByReason = nil, nil
	case *crier.Suppression:
		annotations(o)
		o.Spec.Entries = nil
	case *crier.MailingList:
		annotations(o)
	case *crier.Relay:
		annotations(o)
	}
	return obj, nil
}

// metadata keeps of ConfigMaps and Secrets what says whose they are and what
// for, and of anything else the labels, which grants go by.
func metadata(o *metav1.PartialObjectMetadata) {
	annotations(o)
	if o.Kind != "ConfigMap" && o.Kind != "Secret" {
		return
	}
	o.Labels = ours(o.Labels)
	o.OwnerReferences, o.Finalizers = nil, nil
}

func annotations(o metav1.Object) { o.SetAnnotations(ours(o.GetAnnotations())) }

// ours are the entries with Crier's prefix; nil for none.
func ours(all map[string]string) map[string]string {
	var kept map[string]string
	for key, value := range all {
		if strings.HasPrefix(key, own) {
			if kept == nil {
				kept = map[string]string{}
			}
			kept[key] = value
		}
	}
	return kept
}

// broadcast keeps what a Broadcast refers to, and whether it waits.
func broadcast(o *crier.Broadcast) {
	content := crier.BroadcastContent{Attachments: o.Spec.Content.Attachments}
	if ref := o.Spec.Content.TemplateRef; ref != nil {
		content.TemplateRef = &crier.TemplateReference{Name: ref.Name}
	}
	o.Spec = crier.BroadcastSpec{ListRef: o.Spec.ListRef, ListRefs: o.Spec.ListRefs, Content: content}
	var finished []metav1.Condition
	if c := meta.FindStatusCondition(o.Status.Conditions, crier.ConditionFinished); c != nil {
		kept := *c
		kept.Message = ""
		finished = []metav1.Condition{kept}
	}
	o.Status = crier.BroadcastStatus{
		ObservedGeneration: o.Status.ObservedGeneration, StartedAt: o.Status.StartedAt, Conditions: finished,
	}
}
