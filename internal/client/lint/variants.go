package lint

import "crier.dev/crier/internal/client/manifest"

// maxVariants bounds how many ways of putting the objects together are looked
// at.
const maxVariants = 32

// variants are the objects that are looked at together: all of them, unless
// kustomizations that are applied apart, such as overlays for two clusters,
// have an object of the same name. Then each of these is looked at with its
// own, and with all that the others don't have in their way.
func variants(read manifest.Result) [][]*manifest.Object {
	first := map[string]*manifest.Object{}
	var heads []*manifest.Object // one of each kustomization that has its own
	for i := range read.Objects {
		o := &read.Objects[i]
		key, named := identity(o)
		before := first[key]
		switch {
		case !named:
		case before == nil:
			first[key] = o
		case read.Apart(before, o):
			heads = addHead(read, addHead(read, heads, before), o)
		}
	}
	if len(heads) == 0 {
		heads = append(heads, nil)
	}
	var out [][]*manifest.Object
	for _, head := range heads {
		out = append(out, variant(read, head))
	}
	return out
}

func addHead(read manifest.Result, heads []*manifest.Object, o *manifest.Object) []*manifest.Object {
	for _, head := range heads {
		if read.Within(o, head) {
			return heads
		}
	}
	if len(heads) < maxVariants {
		heads = append(heads, o)
	}
	return heads
}

// variant are the objects of the kustomization of head, then those of others
// that it is not in place of.
func variant(read manifest.Result, head *manifest.Object) (out []*manifest.Object) {
	taken := map[string]*manifest.Object{}
	for _, own := range []bool{true, false} {
		for i := range read.Objects {
			o := &read.Objects[i]
			if own != (head == nil || read.Within(o, head)) {
				continue
			}
			key, named := identity(o)
			if before := taken[key]; named && before != nil && read.Apart(before, o) {
				continue
			}
			if named && taken[key] == nil {
				taken[key] = o
			}
			out = append(out, o)
		}
	}
	return out
}

// identity is what an API server tells an object by; named is false if it has
// no name, or one that is made when it is created.
func identity(o *manifest.Object) (key string, named bool) {
	meta, _ := o.Content["metadata"].(map[string]any)
	name, _ := meta["name"].(string)
	return o.Group() + "/" + o.Kind + "/" + o.Namespace + "/" + name, name != ""
}
