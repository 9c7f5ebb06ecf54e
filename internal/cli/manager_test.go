package cli

import (
	"maps"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/cache"

	crier "crier.dev/crier/api/v1alpha1"
)

// Where only some namespaces are served, Suppressions beside the operator are
// seen as well: those of scope Global are heeded there and nowhere else.
func TestSuppressionsOfTheOperatorAreSeen(t *testing.T) {
	found := func(o cache.Options) (namespaces []string, any bool) {
		for obj, by := range o.ByObject {
			if _, ok := obj.(*crier.Suppression); ok {
				return slices.Sorted(maps.Keys(by.Namespaces)), true
			}
		}
		return nil, false
	}
	if _, limited := found(cacheOptions(managerFlags{namespace: "crier-system"})); limited {
		t.Error("limited though every namespace is served")
	}
	o := cacheOptions(managerFlags{namespace: "crier-system", watchNamespaces: []string{"hr", "tax"}})
	if got, _ := found(o); !slices.Equal(got, []string{"crier-system", "hr", "tax"}) {
		t.Errorf("Suppressions of %v", got)
	}
	if _, served := o.DefaultNamespaces["crier-system"]; served {
		t.Error("everything beside the operator is served")
	}
}

// The annotation that kubectl apply leaves is all of a Secret: no cache has it.
func TestCachesHaveNoContents(t *testing.T) {
	about := &metav1.PartialObjectMetadata{
		TypeMeta:   metav1.TypeMeta{Kind: "Secret"},
		ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{corev1.LastAppliedConfigAnnotation: "hunter2"}},
	}
	if _, err := cacheOptions(managerFlags{}).DefaultTransform(about); err != nil || len(about.Annotations) > 0 {
		t.Errorf("%v, %v", about.Annotations, err)
	}
}
