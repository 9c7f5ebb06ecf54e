package operator

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/bench/internal/work"
)

// Files are ConfigMaps with compressed CSV files of people.
type Files []crier.CSVObject

// DeclarePeople makes a SubscriberSet of n people and waits until its roster
// is stored. It returns the set's name and how long that took.
func DeclarePeople(ctx context.Context, c client.Client, n int) (string, time.Duration, error) {
	name := fmt.Sprintf("people-%d", n)
	took, err := declareSet(ctx, c, name, int64(n), func() ([][]byte, error) { return work.Files(n) })
	return name, took, err
}

// DeclareExcluded makes a SubscriberSet of those of n people whom
// work.Excluded names, and waits until its roster is stored.
func DeclareExcluded(ctx context.Context, c client.Client, n int) (string, error) {
	name := fmt.Sprintf("excluded-%d", n)
	_, err := declareSet(ctx, c, name, work.Select(n).Excluded, func() ([][]byte, error) { return work.FilesOf(n, work.Excluded) })
	return name, err
}

// DeclareSuppressed makes ConfigMaps of those of n people whom
// work.Suppressed names.
func DeclareSuppressed(ctx context.Context, c client.Client, n int) (Files, error) {
	files, err := work.FilesOf(n, work.Suppressed)
	if err != nil {
		return nil, err
	}
	return declareFiles(ctx, c, fmt.Sprintf("suppressed-%d", n), files)
}

// DeclareFile makes a ConfigMap with the attachment of work.WithFile.
func DeclareFile(ctx context.Context, c client.Client) (name string, err error) {
	name = "file"
	return name, createConfigMap(ctx, c, name, work.FileName, work.File())
}

func createConfigMap(ctx context.Context, c client.Client, name, key string, data []byte) error {
	err := c.Create(ctx, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: Namespace, Name: name}, BinaryData: map[string][]byte{key: data},
	})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

func declareFiles(ctx context.Context, c client.Client, name string, files [][]byte) (Files, error) {
	var out Files
	for i, file := range files {
		part := fmt.Sprintf("%s-%d", name, i)
		if err := createConfigMap(ctx, c, part, "people.csv.gz", file); err != nil {
			return nil, err
		}
		out = append(out, crier.CSVObject{ConfigMap: &crier.CSVKeys{Name: part}})
	}
	return out, nil
}

// declareSet makes a SubscriberSet unless it is there, and waits until the
// roster of n people is stored.
func declareSet(ctx context.Context, c client.Client, name string, n int64, write func() ([][]byte, error)) (time.Duration, error) {
	set := &crier.SubscriberSet{ObjectMeta: metav1.ObjectMeta{Namespace: Namespace, Name: name}}
	if err := c.Get(ctx, client.ObjectKeyFromObject(set), set); err == nil {
		return 0, nil
	}
	files, err := write()
	if err != nil {
		return 0, err
	}
	from, err := declareFiles(ctx, c, name, files)
	if err != nil {
		return 0, err
	}
	set.Spec.Source.CSV = &crier.CSVSource{From: from, Columns: crier.CSVColumns{
		Email: "email", Name: "name",
		Attributes: map[string]string{"agency": "agency", "branch": "branch", "city": "city"},
	}}
	start := time.Now()
	if err := c.Create(ctx, set); err != nil {
		return 0, err
	}
	err = Wait(ctx, "the roster", 10*time.Minute, func() (bool, error) {
		err := c.Get(ctx, client.ObjectKeyFromObject(set), set)
		return err == nil && set.Status.Roster != nil && set.Status.Subscribers == n, err
	})
	if err != nil {
		err = errors.Join(err, errors.New(conditions(set.Status.Conditions)))
	}
	return time.Since(start), err
}

// suppress makes a Suppression of the list and waits until it is read.
func (s Send) suppress(ctx context.Context, c client.Client) error {
	if len(s.Suppressed) == 0 {
		return nil
	}
	suppression := &crier.Suppression{
		ObjectMeta: s.meta(),
		Spec: crier.SuppressionSpec{
			Scope: crier.SuppressionScope{Kind: crier.ScopeList, Name: s.Name}, Reason: crier.SuppressedManual,
			CSV: &crier.CSVSource{From: s.Suppressed, Columns: crier.CSVColumns{Email: "email"}},
		},
	}
	return createSuppression(ctx, c, suppression)
}

// createSuppression waits until it is read.
func createSuppression(ctx context.Context, c client.Client, suppression *crier.Suppression) error {
	if err := c.Create(ctx, suppression); err != nil {
		return err
	}
	err := Wait(ctx, "the Suppression", 5*time.Minute, func() (bool, error) {
		err := c.Get(ctx, client.ObjectKeyFromObject(suppression), suppression)
		return err == nil && suppression.Status.Roster != nil && meta.IsStatusConditionTrue(suppression.Status.Conditions, crier.ConditionReady), err
	})
	if err != nil {
		err = errors.Join(err, errors.New(conditions(suppression.Status.Conditions)))
	}
	return err
}
