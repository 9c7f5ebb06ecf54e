package simulation

import (
	"context"
	"reflect"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
)

// pods is the sender's way to the API server.
type podStore struct {
	*caller
	c *container
}

func (p podStore) GetShard(ctx context.Context, name string) (*crier.DeliveryShard, error) {
	obj, err := p.do(ctx, "get shard", false, func() (client.Object, error) { return p.w.api.get("DeliveryShard", system, name) })
	if err != nil {
		return nil, err
	}
	return obj.(*crier.DeliveryShard), nil
}

func (p podStore) UpdateShard(ctx context.Context, shard *crier.DeliveryShard) (*crier.DeliveryShard, error) {
	shard = shard.DeepCopy()
	p.c.pod.misdate(shard)
	began := time.Now()
	obj, err := p.do(ctx, "update shard", true, func() (client.Object, error) { return p.w.api.updateBy(p.c.pod.uid, shard) })
	if err != nil {
		return nil, err
	}
	p.c.renewed(began)
	return obj.(*crier.DeliveryShard), nil
}

func (p podStore) GetSecret(ctx context.Context, name string) (*corev1.Secret, error) {
	obj, err := p.do(ctx, "get secret", false, func() (client.Object, error) { return p.w.api.get("Secret", system, name) })
	if err != nil {
		return nil, err
	}
	return obj.(*corev1.Secret), nil
}

// managerClient is a manager's way to it: as much of a client as the
// controller of records uses.
type managerClient struct {
	client.Client // for the rest, which nobody calls
	*caller
}

// fill copies an object into one that a caller brought along.
func fill(into, from client.Object) {
	if meta, ok := into.(*metav1.PartialObjectMetadata); ok {
		meta.ObjectMeta = metaOf(from)
		return
	}
	reflect.ValueOf(into).Elem().Set(reflect.ValueOf(from).Elem())
}

func metaOf(obj client.Object) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name: obj.GetName(), Namespace: obj.GetNamespace(), UID: obj.GetUID(), ResourceVersion: obj.GetResourceVersion(),
		Labels: obj.GetLabels(), Annotations: obj.GetAnnotations(), OwnerReferences: obj.GetOwnerReferences(),
	}
}

func (m *managerClient) Get(ctx context.Context, key client.ObjectKey, obj client.Object, _ ...client.GetOption) error {
	kind := kindOf(obj)
	found, err := m.do(ctx, "get "+kind, false, func() (client.Object, error) { return m.w.api.get(kind, key.Namespace, key.Name) })
	if err != nil {
		return err
	}
	fill(obj, found)
	return nil
}

// looked notes how new the newest shard is that a manager has seen.
func (w *world) looked(items []client.Object) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, item := range items {
		if shard, ok := item.(*crier.DeliveryShard); ok {
			version, _ := strconv.Atoi(shard.ResourceVersion) // the server writes numbers
			w.seen = max(w.seen, version)
		}
	}
}

func (m *managerClient) List(ctx context.Context, list client.ObjectList, opts ...client.ListOption) error {
	kind := kindOf(list)
	options := (&client.ListOptions{}).ApplyOptions(opts)
	match := func(obj client.Object) bool {
		return options.LabelSelector == nil || options.LabelSelector.Matches(labels.Set(obj.GetLabels()))
	}
	var items []client.Object
	_, err := m.do(ctx, "list "+kind, false, func() (client.Object, error) {
		items = m.w.api.list(kind, options.Namespace, match)
		return nil, nil
	})
	if err != nil {
		return err
	}
	m.w.looked(items)
	field := reflect.ValueOf(list).Elem().FieldByName("Items")
	field.Set(reflect.MakeSlice(field.Type(), len(items), len(items)))
	for i, item := range items {
		fill(field.Index(i).Addr().Interface().(client.Object), item)
	}
	return nil
}

func (m *managerClient) write(ctx context.Context, verb string, obj client.Object, act func(client.Object) (client.Object, error)) error {
	wanted := copyOf(obj)
	stored, err := m.do(ctx, verb+" "+kindOf(obj), true, func() (client.Object, error) { return act(wanted) })
	if err != nil {
		return err
	}
	fill(obj, stored)
	return nil
}

func (m *managerClient) Create(ctx context.Context, obj client.Object, _ ...client.CreateOption) error {
	return m.write(ctx, "create", obj, m.w.api.create)
}

func (m *managerClient) Update(ctx context.Context, obj client.Object, _ ...client.UpdateOption) error {
	return m.write(ctx, "update", obj, m.w.api.update)
}

func (m *managerClient) Delete(ctx context.Context, obj client.Object, opts ...client.DeleteOption) error {
	options := (&client.DeleteOptions{}).ApplyOptions(opts)
	kind, namespace, name := kindOf(obj), obj.GetNamespace(), obj.GetName()
	_, err := m.do(ctx, "delete "+kind, true, func() (client.Object, error) {
		var uid, version *string
		if p := options.Preconditions; p != nil {
			uid, version = (*string)(p.UID), p.ResourceVersion
		}
		return nil, m.w.api.delete(kind, namespace, name, uid, version)
	})
	return err
}
