package apitest

import (
	"context"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
)

var definitions = schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"}

// Loosen makes the server take anything in all of Crier's kinds, and set no
// defaults, as if they had been installed by a release that knew fewer rules,
// until tighten is called or the test ends.
func (s *Server) Loosen(t *testing.T) (tighten func()) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // it also ends after the test
	strict := &unstructured.UnstructuredList{}
	strict.SetGroupVersionKind(definitions)
	if err := s.Client.List(ctx, strict); err != nil {
		t.Fatal(err)
	}
	tight := false
	tighten = func() {
		if tight {
			return
		}
		tight = true
		s.define(ctx, t, strict, false)
	}
	t.Cleanup(tighten)
	loose := strict.DeepCopy()
	for i := range loose.Items {
		if spec, _ := loose.Items[i].Object["spec"].(map[string]any); spec["group"] == crier.GroupVersion.Group {
			loosen(spec)
		}
	}
	s.define(ctx, t, loose, true)
	return tighten
}

func loosen(spec map[string]any) {
	version, _ := spec["versions"].([]any)[0].(map[string]any)
	anything := map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}
	version["schema"] = map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "properties": map[string]any{
		"spec": anything, "state": anything, "status": anything,
	}}}
}

// define puts definitions in place, and waits until the server goes by them.
func (s *Server) define(ctx context.Context, t *testing.T, all *unstructured.UnstructuredList, loose bool) {
	t.Helper()
	for i := range all.Items {
		now := &unstructured.Unstructured{}
		now.SetGroupVersionKind(definitions)
		if err := s.Client.Get(ctx, client.ObjectKeyFromObject(&all.Items[i]), now); err != nil {
			t.Fatal(err)
		}
		now.Object["spec"] = all.Items[i].Object["spec"]
		if err := s.Client.Update(ctx, now); err != nil {
			t.Fatal(err)
		}
	}
	for i := range all.Items {
		kind, _, _ := unstructured.NestedString(all.Items[i].Object, "spec", "names", "kind")
		if group, _, _ := unstructured.NestedString(all.Items[i].Object, "spec", "group"); group == crier.GroupVersion.Group {
			s.await(ctx, t, kind, loose)
		}
	}
}

// await waits until the server takes what is in no schema, or doesn't any more.
func (s *Server) await(ctx context.Context, t *testing.T, kind string, loose bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		probe := Raw(kind, OperatorNamespace, "probe", `{"unknown": 1}`)
		if err := s.Client.Create(ctx, probe, client.DryRunAll); (err == nil) == loose {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the definition of %s isn't in effect", kind)
		}
	}
}

// Raw is an object of one of Crier's kinds with that spec, in JSON, which no Go
// type has to fit.
func Raw(kind, namespace, name, spec string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{}
	object := `{"apiVersion":"` + crier.GroupVersion.String() + `","kind":"` + kind + `","spec":` + spec + `}`
	if err := u.UnmarshalJSON([]byte(object)); err != nil {
		panic(err) // a mistake in the test
	}
	u.SetName(name)
	if kind != "DeliveryRecord" {
		u.SetNamespace(namespace)
	}
	return u
}
