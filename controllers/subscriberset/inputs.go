package subscriberset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/userfiles"
	"crier.dev/crier/internal/readable"
	"crier.dev/crier/internal/recipients/source"
)

// inputsForm changes with what rosters are made of out of the same input, so
// that another release reads everything again.
const inputsForm = "inputs 2"

// inputs is what a roster is made of: as long as they are the same, a source
// that tells of its changes isn't read again.
type inputs struct {
	spec    string // what of the spec decides about the roster
	objects string // versions of what else is read
	guard   string // what decides about holding it
}

// gather finds the inputs as they are now.
func (s *scope) gather(ctx context.Context) (inputs, error) {
	spec := s.set.Spec
	in := inputs{
		spec:  digest(inputsForm, string(s.set.UID), text(spec.Source), text(crier.Declared(spec.Attributes))),
		guard: text(spec.Guard),
	}
	versions := []string{string(spec.RejectedRows)}
	for _, object := range s.source.Uses() {
		v, err := s.version(ctx, object)
		if err != nil {
			return in, err
		}
		versions = append(versions, object.Kind, object.Name, v)
	}
	in.objects = digest(versions...)
	return in, nil
}

// of is what status remembers of a roster: the digest of the spec part and
// that of everything. Both are bound to the roster, so that a status that was
// changed in part has the source read again.
func (in inputs) of(roster string) string {
	return in.specOf(roster) + "-" + digest(in.spec, in.objects, roster)[:32]
}

func (in inputs) specOf(roster string) string { return digest(in.spec, roster)[:32] }

// sameSpec says whether what status remembers was read with the same spec.
func (in inputs) sameSpec(remembered, roster string) bool {
	spec, _, _ := strings.Cut(remembered, "-")
	return spec == in.specOf(roster)
}

// attempt is what a read that failed or was held has been tried with; accept
// is the annotation that may let it through.
func (in inputs) attempt(accept string) string {
	return digest(in.spec, in.objects, in.guard, accept)
}

// version says which state of an object there is. It reads metadata only,
// except of sets, of which it is the roster that counts.
func (s *scope) version(ctx context.Context, object source.Object) (string, error) {
	key := client.ObjectKey{Namespace: s.set.Namespace, Name: object.Name}
	if object.Kind == "SubscriberSet" {
		var set crier.SubscriberSet
		err := s.Reader.Get(ctx, key, &set)
		switch {
		case apierrors.IsNotFound(err):
			return "absent", nil
		case readable.Ignore(err) != nil:
			return "", err
		case !gather.SetReady(&set):
			return "not ready", nil
		}
		return set.Status.Roster.Digest, nil
	}
	return userfiles.Version(ctx, s.Reader, object.Kind, key)
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
