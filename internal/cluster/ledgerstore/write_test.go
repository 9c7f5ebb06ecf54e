package ledgerstore

import (
	"context"
	"errors"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	crier "crier.dev/crier/api/v1alpha1"
)

// A sweep keeps the attempt that it is told, and says so when it didn't get
// through, be it for want of time.
func TestSweep(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), crier.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	record := &crier.DeliveryRecord{}
	record.Name = "b-news"
	broken := errors.New("broken")
	ended, end := context.WithCancel(t.Context())
	end()
	for name, tc := range map[string]struct {
		ctx   context.Context
		keep  string
		fails error
		left  int
		want  error
	}{
		"all":          {t.Context(), "", nil, 0, nil},
		"but one":      {t.Context(), "a1", nil, 10, nil},
		"deletes fail": {t.Context(), "a1", broken, 20, broken},
		"out of time":  {ended, "a1", nil, 20, context.Canceled},
	} {
		memory := fake.NewClientBuilder().WithScheme(scheme).WithInterceptorFuncs(interceptor.Funcs{
			Delete: func(ctx context.Context, w client.WithWatch, o client.Object, options ...client.DeleteOption) error {
				if tc.fails != nil {
					return tc.fails
				}
				return w.Delete(ctx, o, options...)
			},
		}).Build()
		s := &Store{Client: memory, Reader: memory, Namespace: "crier-system"}
		for i := range 20 {
			secret := &corev1.Secret{}
			secret.Namespace, secret.Name = s.Namespace, fmt.Sprintf("s-%d", i)
			secret.Labels = map[string]string{crier.LabelRecord: record.Name, crier.LabelAttempt: fmt.Sprintf("a%d", i%2)}
			if err := memory.Create(t.Context(), secret); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Sweep(tc.ctx, record, tc.keep); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
		var left corev1.SecretList
		if err := memory.List(t.Context(), &left); err != nil || len(left.Items) != tc.left {
			t.Errorf("%s: %d are left, want %d, %v", name, len(left.Items), tc.left, err)
		}
	}
}
