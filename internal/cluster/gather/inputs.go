package gather

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/userfiles"
	"crier.dev/crier/internal/readable"
	"crier.dev/crier/internal/recipients/source"
)

// inputsForm changes with what rosters are made of out of the same input, so
// that another release reads everything again.
const inputsForm = "inputs 2"

// Inputs is what a roster is made of: as long as they are the same, a source
// that tells of its changes isn't read again.
type Inputs struct {
	spec    string // what of the spec decides about the roster
	objects string // versions of what else is read
	guard   string // what decides about holding it
}

// InputsOf finds the inputs of a set, whose source is from, as they are now.
// reader must not be a cache.
func InputsOf(ctx context.Context, reader client.Reader, set *crier.SubscriberSet, from source.Source) (Inputs, error) {
	spec := set.Spec
	in := Inputs{
		spec:  digest(inputsForm, string(set.UID), text(spec.Source), text(crier.Declared(spec.Attributes))),
		guard: text(spec.Guard),
	}
	versions := []string{string(spec.RejectedRows)}
	for _, object := range from.Uses() {
		v, err := version(ctx, reader, set.Namespace, object)
		if err != nil {
			return in, err
		}
		versions = append(versions, object.Kind, object.Name, v)
	}
	in.objects = digest(versions...)
	return in, nil
}

// Of is what status remembers of the roster with that digest: the digest of the
// spec part and that of everything. Both are bound to the roster, so that a
// status that was changed in part has the source read again.
func (in Inputs) Of(roster string) string {
	return in.SpecOf(roster) + "-" + digest(in.spec, in.objects, roster)[:32]
}

// SpecOf is the part of Of that is about the spec only.
func (in Inputs) SpecOf(roster string) string { return digest(in.spec, roster)[:32] }

// SameSpec says whether what status remembers was read with the same spec.
func (in Inputs) SameSpec(remembered, roster string) bool {
	spec, _, _ := strings.Cut(remembered, "-")
	return spec == in.SpecOf(roster)
}

// Attempt is what a read that failed or was held has been tried with; accept
// is the annotation that may let it through.
func (in Inputs) Attempt(accept string) string {
	return digest(in.spec, in.objects, in.guard, accept)
}

// version says which state of an object there is. It reads metadata only,
// except of sets, of which it is the roster that counts.
func version(ctx context.Context, reader client.Reader, namespace string, object source.Object) (string, error) {
	key := client.ObjectKey{Namespace: namespace, Name: object.Name}
	if object.Kind == "SubscriberSet" {
		var set crier.SubscriberSet
		err := reader.Get(ctx, key, &set)
		switch {
		case apierrors.IsNotFound(err):
			return "absent", nil
		case readable.Ignore(err) != nil:
			return "", err
		case !SetReady(&set):
			return "not ready", nil
		}
		return set.Status.Roster.Digest, nil
	}
	return userfiles.Version(ctx, reader, object.Kind, key)
}

// digest is that of texts in their order: 64 hexadecimal digits.
func digest(texts ...string) string {
	sum := sha256.Sum256([]byte(text(texts)))
	return hex.EncodeToString(sum[:])
}

func text(v any) string {
	out, _ := json.Marshal(v) // parts of a spec always can be
	return string(out)
}
