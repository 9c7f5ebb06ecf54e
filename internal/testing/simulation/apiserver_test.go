package simulation

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// apiServer keeps objects as a real one does: every write checks the
// resourceVersion and makes a new one.
type apiServer struct {
	mu      sync.Mutex
	version int
	objects map[string]client.Object
	// observe is told of every change, in order; either may be nil. It is
	// called with the lock held.
	observe func(kind string, before, after client.Object)
	pod     string // whose write it is, while a pod's is observed
}

func kindOf(obj any) string {
	switch o := obj.(type) {
	case *metav1.PartialObjectMetadata:
		return o.Kind
	case *metav1.PartialObjectMetadataList:
		return strings.TrimSuffix(o.Kind, "List")
	}
	return strings.TrimSuffix(reflect.TypeOf(obj).Elem().Name(), "List")
}

func objectID(kind, namespace, name string) string { return kind + "/" + namespace + "/" + name }

func resource(kind string) schema.GroupResource {
	return schema.GroupResource{Resource: strings.ToLower(kind) + "s"}
}

func copyOf[T client.Object](obj T) T { return obj.DeepCopyObject().(T) }

// get returns a copy.
func (s *apiServer) get(kind, namespace, name string) (client.Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if obj := s.objects[objectID(kind, namespace, name)]; obj != nil {
		return copyOf(obj), nil
	}
	return nil, apierrors.NewNotFound(resource(kind), name)
}

func (s *apiServer) list(kind, namespace string, match func(client.Object) bool) []client.Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	prefix := kind + "/"
	if namespace != "" {
		prefix += namespace + "/"
	}
	var names []string
	for id := range s.objects {
		if strings.HasPrefix(id, prefix) {
			names = append(names, id)
		}
	}
	slices.Sort(names)
	var out []client.Object
	for _, id := range names {
		if match == nil || match(s.objects[id]) {
			out = append(out, copyOf(s.objects[id]))
		}
	}
	return out
}

// put must be called with the lock held.
func (s *apiServer) put(kind, id string, obj client.Object) client.Object {
	s.version++
	obj = copyOf(obj)
	obj.SetResourceVersion(strconv.Itoa(s.version))
	before := s.objects[id]
	s.objects[id] = obj
	s.observe(kind, before, obj)
	return copyOf(obj)
}

func (s *apiServer) create(obj client.Object) (client.Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind := kindOf(obj)
	id := objectID(kind, obj.GetNamespace(), obj.GetName())
	if s.objects[id] != nil {
		return nil, apierrors.NewAlreadyExists(resource(kind), obj.GetName())
	}
	obj = copyOf(obj)
	if obj.GetUID() == "" {
		obj.SetUID(types.UID(fmt.Sprintf("uid-%s-%d", strings.ToLower(kind), s.version)))
	}
	obj.SetCreationTimestamp(metav1.NewTime(time.Now()))
	return s.put(kind, id, obj), nil
}

func (s *apiServer) update(obj client.Object) (client.Object, error) { return s.updateBy("", obj) }

// updateBy is an update by a pod, if it has a name.
func (s *apiServer) updateBy(pod string, obj client.Object) (client.Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pod = pod
	defer func() { s.pod = "" }()
	kind := kindOf(obj)
	id := objectID(kind, obj.GetNamespace(), obj.GetName())
	old := s.objects[id]
	if old == nil {
		return nil, apierrors.NewNotFound(resource(kind), obj.GetName())
	}
	if v := obj.GetResourceVersion(); v != "" && v != old.GetResourceVersion() {
		return nil, apierrors.NewConflict(resource(kind), obj.GetName(), errors.New("the object has been modified"))
	}
	return s.put(kind, id, obj), nil
}

func (s *apiServer) delete(kind, namespace, name string, uid, version *string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := objectID(kind, namespace, name)
	old := s.objects[id]
	if old == nil {
		return apierrors.NewNotFound(resource(kind), name)
	}
	if uid != nil && *uid != string(old.GetUID()) || version != nil && *version != old.GetResourceVersion() {
		return apierrors.NewConflict(resource(kind), name, errors.New("the precondition doesn't hold"))
	}
	delete(s.objects, id)
	s.observe(kind, old, nil)
	s.collect(old.GetUID())
	return nil
}

// collect deletes what an object that is gone owned.
func (s *apiServer) collect(owner types.UID) {
	for id, obj := range s.objects {
		for _, ref := range obj.GetOwnerReferences() {
			if ref.UID == owner && s.objects[id] != nil {
				delete(s.objects, id)
				s.observe(kindOf(obj), obj, nil)
			}
		}
	}
}

// edit changes an object by somebody whose writes never fail.
func edit[T client.Object](s *apiServer, namespace, name string, change func(T)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	var zero T
	kind := kindOf(zero)
	id := objectID(kind, namespace, name)
	old := s.objects[id]
	if old == nil {
		return false
	}
	next := copyOf(old).(T)
	change(next)
	s.put(kind, id, next)
	return true
}

// backup is what the ledger was at a time.
type backup map[string]client.Object

// ofLedger says whether an object belongs to what is set back together.
func ofLedger(kind string) bool {
	return kind == "DeliveryRecord" || kind == "DeliveryShard" || kind == "Secret"
}

func (s *apiServer) backUp() backup {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := backup{}
	for id, obj := range s.objects {
		if ofLedger(kindOf(obj)) {
			b[id] = copyOf(obj)
		}
	}
	return b
}

// newest is the last version that was given out.
func (s *apiServer) newest() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// restore puts a backup in the place of what is there, as far as it is asked for.
// No one is told. It is false, and does nothing, if nothing of that has changed since.
func (s *apiServer) restore(b backup, wanted func(id string) bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := func(id string) bool {
		now := s.objects[id]
		return wanted(id) && (now == nil || now.GetResourceVersion() != b[id].GetResourceVersion())
	}
	some := false
	for id := range b {
		some = some || changed(id)
	}
	if !some {
		return false
	}
	for id, obj := range s.objects {
		if b[id] == nil && ofLedger(kindOf(obj)) && wanted(id) {
			delete(s.objects, id)
		}
	}
	for id, obj := range b {
		if changed(id) {
			s.version++
			obj = copyOf(obj)
			obj.SetResourceVersion(strconv.Itoa(s.version))
			s.objects[id] = obj
		}
	}
	return true
}
