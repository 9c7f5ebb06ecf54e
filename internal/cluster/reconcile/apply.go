package reconcile

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// Owner is the field owner of everything that the controllers apply.
const Owner = client.FieldOwner("crier")

// Apply writes the status of obj as it stands. Fields that it no longer has
// are removed. An object that is gone by now, or was created again under the
// same name, is an error that apierrors.IsNotFound or IsConflict knows.
func Apply(ctx context.Context, c client.Client, obj client.Object) error {
	return apply(ctx, c, obj, "")
}

// ApplyAt is Apply with the precondition that nothing else was written to
// the object since it was read.
func ApplyAt(ctx context.Context, c client.Client, obj client.Object) error {
	return apply(ctx, c, obj, obj.GetResourceVersion())
}

func apply(ctx context.Context, c client.Client, obj client.Object, resourceVersion string) error {
	gvk, err := apiutil.GVKForObject(obj, c.Scheme())
	if err != nil {
		return err
	}
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	if err != nil {
		return fmt.Errorf("status of %s %s: %w", gvk.Kind, obj.GetName(), err)
	}
	u := &unstructured.Unstructured{Object: map[string]any{"status": fields["status"]}}
	u.SetGroupVersionKind(gvk)
	u.SetName(obj.GetName())
	u.SetNamespace(obj.GetNamespace())
	u.SetUID(obj.GetUID())
	u.SetResourceVersion(resourceVersion)
	return c.Status().Apply(ctx, client.ApplyConfigurationFromUnstructured(u), Owner, client.ForceOwnership)
}
