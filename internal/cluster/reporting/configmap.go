package reporting

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	applymetav1 "k8s.io/client-go/applyconfigurations/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/report"
)

const (
	// maxPage is how large the data of a ConfigMap may become, in octets: they
	// are read with kubectl, and their limit is 1 MiB.
	maxPage = 900_000
	// summaryRoom is what summary and JSON take at most, in octets; both are
	// bounded by the number of reasons and sets that they list.
	summaryRoom = 250_000
)

// Keys of a report ConfigMap.
const (
	SummaryKey  = "summary.txt"
	JSONKey     = "report.json"
	FailuresKey = "failures.csv"
)

// NotOursError says that there is a ConfigMap under the name of a report
// that Crier did not make.
type NotOursError struct{ Name string }

func (e *NotOursError) Error() string {
	return fmt.Sprintf("ConfigMap %s is not Crier's, so the report was not written there", e.Name)
}

// ConfigMaps writes the report beside its Broadcast and returns the names.
// The pages after the first are written while the ledger is read, and the
// first, which has the summary, comes last.
func (r *Reporter) ConfigMaps(ctx context.Context, subject Subject, broadcast *crier.Broadcast, kind crier.ReportKind) ([]string, error) {
	var first string
	var refused *NotOursError
	names, pages := []string{configMapName(broadcast.Name, 0)}, 0
	put := func(page int, content []byte) error {
		pages++
		if page == 0 {
			first = string(content)
			return nil
		}
		name := configMapName(broadcast.Name, page)
		err := r.applyPage(ctx, broadcast, name, map[string]string{FailuresKey: string(content)})
		if errors.As(err, &refused) {
			return nil // the others can be written
		}
		names = append(names, name)
		return err
	}
	b := subject.begin(r.Store, kind, subject.Plan.Masked)
	b.Paginate(maxPage-summaryRoom, maxPage, put)
	err := subject.fill(ctx, r.Store, b)
	if err == nil {
		err = b.Close()
	}
	if err == nil {
		err = r.applyFirst(ctx, broadcast, b, first)
	}
	if err == nil {
		err = r.removeAfter(ctx, broadcast, pages)
	}
	switch {
	case err != nil:
		return nil, err
	case refused != nil:
		return names, refused
	}
	return names, nil
}

func (r *Reporter) applyFirst(ctx context.Context, broadcast *crier.Broadcast, b *report.Builder, csv string) error {
	machine, err := b.JSON()
	if err != nil {
		return err
	}
	data := map[string]string{SummaryKey: b.Summary(), JSONKey: string(machine)}
	if rows, _ := b.Rows(); rows > 0 {
		data[FailuresKey] = csv
	}
	return r.applyPage(ctx, broadcast, configMapName(broadcast.Name, 0), data)
}

// removeAfter deletes the pages of an earlier report that had more of them.
func (r *Reporter) removeAfter(ctx context.Context, broadcast *crier.Broadcast, pages int) error {
	for page := pages; ; page++ {
		existing := &corev1.ConfigMap{}
		key := client.ObjectKey{Namespace: broadcast.Namespace, Name: configMapName(broadcast.Name, page)}
		err := r.Store.Reader.Get(ctx, key, existing)
		if err != nil {
			return client.IgnoreNotFound(err)
		}
		if !metav1.IsControlledBy(existing, broadcast) {
			return nil
		}
		if err := client.IgnoreNotFound(r.Store.Client.Delete(ctx, existing)); err != nil {
			return err
		}
	}
}

// configMapName is x-report, x-report-2, x-report-3 and so on.
func configMapName(broadcast string, page int) string {
	if page == 0 {
		return broadcast + "-report"
	}
	return fmt.Sprintf("%s-report-%d", broadcast, page+1)
}

func (r *Reporter) applyPage(ctx context.Context, broadcast *crier.Broadcast, name string, data map[string]string) error {
	existing := &corev1.ConfigMap{}
	err := r.Store.Reader.Get(ctx, client.ObjectKey{Namespace: broadcast.Namespace, Name: name}, existing)
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	if err == nil && !metav1.IsControlledBy(existing, broadcast) {
		return r.replaceStale(ctx, existing)
	}
	page := applycorev1.ConfigMap(name, broadcast.Namespace).
		WithLabels(map[string]string{
			crier.LabelComponent: crier.ComponentReport,
			crier.LabelBroadcast: broadcast.Name,
		}).
		WithOwnerReferences(applymetav1.OwnerReference().
			WithAPIVersion(crier.GroupVersion.String()).WithKind("Broadcast").
			WithName(broadcast.Name).WithUID(broadcast.UID).WithController(true)).
		WithData(data)
	return r.Store.Client.Apply(ctx, page, reconcile.Owner, client.ForceOwnership)
}

// replaceStale deletes the report of an earlier Broadcast of that name,
// which the garbage collector has not come to yet. Any other is not ours.
func (r *Reporter) replaceStale(ctx context.Context, existing *corev1.ConfigMap) error {
	owner := metav1.GetControllerOf(existing)
	ours := owner != nil && owner.Kind == "Broadcast" && owner.APIVersion == crier.GroupVersion.String()
	if !ours || existing.Labels[crier.LabelComponent] != crier.ComponentReport {
		return &NotOursError{Name: existing.Name}
	}
	err := r.Store.Client.Delete(ctx, existing)
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	return apierrors.NewConflict(corev1.Resource("configmaps"), existing.Name,
		fmt.Errorf("the report of an earlier Broadcast of this name is being deleted"))
}
