package manifest

import "slices"

// scopes are kustomizations by their folders, with those that each includes
// directly.
type scopes map[string][]string

// finish gives objects the namespace that a kustomization has for them, and
// notes which kustomizations include which.
func (r *reader) finish() {
	found := scopes{}
	for folder, k := range r.kustomizations {
		if k == nil {
			continue
		}
		found[folder] = nil
		for resource := range k.resources {
			if r.kustomizations[resource] != nil {
				found[folder] = append(found[folder], resource)
			}
		}
	}
	for i := range r.result.Objects {
		if o := &r.result.Objects[i]; o.scope != "" {
			o.SetNamespace(r.namespaceOf(found, o.scope, 0))
		}
	}
	r.result.scopes = found
}

// maxIncludes is how deep kustomizations of kustomizations are followed.
const maxIncludes = 20

// namespaceOf is that of a kustomization: its own, or the one that all agree on
// that include it.
func (r *reader) namespaceOf(all scopes, folder string, depth int) string {
	if own, _ := r.kustomizations[folder].content["namespace"].(string); own != "" || depth > maxIncludes {
		return own
	}
	namespace := ""
	for by, included := range all {
		if !slices.Contains(included, folder) {
			continue
		}
		other := r.namespaceOf(all, by, depth+1)
		if other == "" || namespace != "" && other != namespace {
			return ""
		}
		namespace = other
	}
	return namespace
}

// Within says whether an object is of the kustomization of another one, or of
// one that this includes: both are applied together.
func (r Result) Within(o, whole *Object) bool {
	return o.scope == whole.scope || r.scopes.include(whole.scope, o.scope, 0)
}

// Apart says whether two objects are never applied together as far as
// kustomizations tell, such as those of two overlays.
func (r Result) Apart(a, b *Object) bool {
	return a.scope != "" && b.scope != "" && !r.Within(a, b) && !r.Within(b, a)
}

func (s scopes) include(folder, other string, depth int) bool {
	return depth <= maxIncludes && slices.ContainsFunc(s[folder], func(included string) bool {
		return included == other || s.include(included, other, depth+1)
	})
}
