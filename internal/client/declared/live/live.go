// Package live reads out of a cluster what belongs to a Broadcast, with the
// rights of whoever asks. What may not be read is left out.
package live

import (
	"context"
	"errors"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/recipients/source/kinds"
)

// ErrNotFound says that there is no such Broadcast, or you may not read it.
var ErrNotFound = errors.New("there is no such Broadcast, or you may not read it")

// Broadcast reads a Broadcast, its lists and their Relay and sets, its
// template, the Suppressions that may be about it, and the ConfigMaps that all
// of them use. operator is Crier's own namespace. Secrets and rosters are never
// read. Errors are ErrNotFound and those of the API server.
func Broadcast(ctx context.Context, reader client.Reader, operator, namespace, name string) (*declared.World, *crier.Broadcast, error) {
	r := &collector{ctx: ctx, reader: reader, world: &declared.World{Live: true, Operator: operator}}
	if !r.get("Broadcast", namespace, name) {
		if r.err != nil {
			return nil, nil, r.err
		}
		return nil, nil, ErrNotFound
	}
	b, _ := r.world.Broadcasts.Get(declared.Key{Namespace: namespace, Name: name})
	r.around(b.Value)
	if r.err != nil {
		return nil, nil, r.err
	}
	return r.world, b.Value, nil
}

// collector reads one object after the other.
type collector struct {
	ctx    context.Context
	reader client.Reader
	world  *declared.World
	err    error // that of the connection; ends everything
}

// get reads one object, and says whether it is there and may be read.
func (r *collector) get(kind, namespace, name string) bool {
	if r.err != nil || name == "" {
		return false
	}
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(groupKind(kind))
	err := r.reader.Get(r.ctx, client.ObjectKey{Namespace: namespace, Name: name}, u)
	if apierrors.IsNotFound(err) {
		r.world.Absent(kind, declared.Key{Namespace: namespace, Name: name})
		return false
	}
	if apierrors.IsForbidden(err) {
		return false
	}
	if r.err = errors.Join(r.err, err); err != nil {
		return false
	}
	r.err = r.world.Add(u.Object, nil)
	return r.err == nil
}

func groupKind(kind string) schema.GroupVersionKind {
	if kind == "ConfigMap" {
		return schema.GroupVersionKind{Version: "v1", Kind: kind}
	}
	return crier.GroupVersion.WithKind(kind)
}

// around reads everything that belongs to a Broadcast.
func (r *collector) around(b *crier.Broadcast) {
	if ref := b.Spec.Content.TemplateRef; ref != nil {
		r.get("MessageTemplate", b.Namespace, ref.Name)
	}
	for _, a := range b.Spec.Content.Attachments {
		if a.ConfigMap != nil {
			r.get("ConfigMap", b.Namespace, a.ConfigMap.Name)
		}
	}
	if b.Spec.Audience != nil {
		r.excluded(b.Namespace, b.Spec.Audience.Exclude)
	}
	namespaces := []string{b.Namespace, r.world.Operator}
	_, names := declared.Refs(b)
	for _, name := range names {
		if !r.get("MailingList", b.Namespace, name) {
			continue
		}
		list, _ := r.world.Lists.Get(declared.Key{Namespace: b.Namespace, Name: name})
		key := declared.Key(list.Value.RelayKey())
		r.get("Relay", key.Namespace, key.Name)
		namespaces = append(namespaces, key.Namespace)
		r.sets(b.Namespace, list.Value.Spec.Audience.SubscriberSets, list.Value.Spec.Audience.Selector)
		r.excluded(b.Namespace, list.Value.Spec.Audience.Exclude)
	}
	slices.Sort(namespaces)
	for _, namespace := range slices.Compact(namespaces) {
		r.suppressions(namespace)
	}
}

// suppressions reads those of a namespace, and their ConfigMaps.
func (r *collector) suppressions(namespace string) {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(crier.GroupVersion.WithKind("SuppressionList"))
	if !r.list("Suppression", namespace, list) {
		return
	}
	for i := range list.Items {
		if r.err = r.world.Add(list.Items[i].Object, nil); r.err != nil {
			return
		}
		key := declared.Key{Namespace: namespace, Name: list.Items[i].GetName()}
		one, _ := r.world.Suppressions.Get(key)
		r.files(namespace, one.Value.Spec.CSV)
	}
}

// list reads the objects of a kind, and says whether they may be read.
func (r *collector) list(kind, namespace string, into client.ObjectList, options ...client.ListOption) bool {
	if r.err != nil || namespace == "" {
		return false
	}
	err := r.reader.List(r.ctx, into, append(options, client.InNamespace(namespace))...)
	if apierrors.IsForbidden(err) {
		r.world.Hide(kind, namespace)
		return false
	}
	r.err = err
	return err == nil
}

// files reads the ConfigMaps of CSV files.
func (r *collector) files(namespace string, csv *crier.CSVSource) {
	if csv == nil {
		return
	}
	for _, from := range csv.From {
		if from.ConfigMap != nil {
			r.get("ConfigMap", namespace, from.ConfigMap.Name)
		}
	}
}

func (r *collector) excluded(namespace string, exclude *crier.AudienceExclusion) {
	if exclude != nil {
		r.sets(namespace, exclude.SubscriberSets, exclude.Selector)
	}
}

// sets reads sets, those that they are made of, and their ConfigMaps.
func (r *collector) sets(namespace string, refs []crier.LocalReference, selector *metav1.LabelSelector) {
	for _, ref := range refs {
		r.set(namespace, ref.Name)
	}
	if selector == nil || r.err != nil {
		return
	}
	chosen, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return
	}
	list := &crier.SubscriberSetList{}
	if !r.list("SubscriberSet", namespace, list, client.MatchingLabelsSelector{Selector: chosen}) {
		return
	}
	for i := range list.Items {
		r.set(namespace, list.Items[i].Name)
	}
}

func (r *collector) set(namespace, name string) {
	key := declared.Key{Namespace: namespace, Name: name}
	if _, there := r.world.Sets.Get(key); there || !r.get("SubscriberSet", namespace, name) {
		return
	}
	set, _ := r.world.Sets.Get(key)
	for _, object := range kinds.New(set.Value.Spec.Source).Uses() {
		switch object.Kind {
		case "ConfigMap":
			r.get("ConfigMap", namespace, object.Name)
		case "SubscriberSet":
			r.set(namespace, object.Name)
		}
	}
}
