package reporting

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	applymetav1 "k8s.io/client-go/applyconfigurations/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/controllers/statusapply"
	"crier.dev/crier/internal/report"
)

// maxPage is how large the data of a ConfigMap may become, in octets: they
// are read with kubectl, and their limit is 1 MiB.
const maxPage = 900_000

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
func (r *Reporter) ConfigMaps(ctx context.Context, subject Subject, broadcast *crier.Broadcast, kind crier.ReportKind) ([]string, error) {
	b, err := subject.build(ctx, r.Store, kind, subject.Plan.Masked)
	if err != nil {
		return nil, err
	}
	pages, err := pagesOf(b)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(pages))
	for i, page := range pages {
		name := configMapName(broadcast.Name, i)
		if err := r.applyPage(ctx, broadcast, name, page); err != nil {
			return names, err
		}
		names = append(names, name)
	}
	return names, nil
}

// configMapName is x-report, x-report-2, x-report-3 and so on.
func configMapName(broadcast string, page int) string {
	if page == 0 {
		return broadcast + "-report"
	}
	return fmt.Sprintf("%s-report-%d", broadcast, page+1)
}

func pagesOf(b *report.Builder) ([]map[string]string, error) {
	machine, err := b.JSON()
	if err != nil {
		return nil, err
	}
	summary := b.Summary()
	first := map[string]string{SummaryKey: summary, JSONKey: string(machine)}
	csv := b.CSVPages(maxPage - len(summary) - len(machine))
	if rows, _ := b.Rows(); rows > 0 && len(csv) > 0 {
		first[FailuresKey] = string(csv[0])
		csv = csv[1:]
	} else {
		csv = nil
	}
	pages := []map[string]string{first}
	for _, page := range csv {
		pages = append(pages, map[string]string{FailuresKey: string(page)})
	}
	return pages, nil
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
	return r.Store.Client.Apply(ctx, page, statusapply.Owner, client.ForceOwnership)
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
