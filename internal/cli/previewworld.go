package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/client/declared/live"
	"crier.dev/crier/internal/client/manifest"
	"crier.dev/crier/internal/client/terminal"
)

// fromFiles reads the files of -f, and says what an API server would refuse of
// them, but of other Broadcasts.
func (f previewFlags) fromFiles(ctx context.Context, name string) (*declared.World, *crier.Broadcast, error) {
	read := manifest.Read(f.files, f.stdin)
	for _, p := range read.Problems {
		if p.Unreadable {
			return nil, nil, usage("%s", terminal.Line(p.Error()))
		}
		note(f.notes, p.Error())
	}
	w, refusals, err := declared.Load(ctx, read.Objects, f.cluster.namespace)
	if err != nil {
		return nil, nil, exit{err, exitUsage}
	}
	b, missing := pick(w, f.cluster.namespace, name, read.Skips)
	for _, r := range refusals {
		own := r.Object.Kind == "Broadcast"
		if own && !concerns(r, b, name) {
			continue
		}
		for _, p := range r.Problems {
			note(f.notes, fmt.Sprintf("%s: %s: %s", r.Object.At(p.Field), p.Field, p.Message))
		}
		if own {
			return nil, nil, exit{fmt.Errorf("an API server would refuse %s", terminal.Line(r.Object.Title())), exitProblems}
		}
	}
	return w, b, missing
}

// concerns says whether a Broadcast that is refused is the one to be shown;
// b is nil if there is none that isn't refused.
func concerns(r declared.Refusal, b *crier.Broadcast, name string) bool {
	if b != nil {
		return r.Object.Name == b.Name && r.Object.Namespace == b.Namespace
	}
	return r.Object.Name == name
}

// fromCluster reads what the Broadcast needs. What can't be read is left out,
// and made up later.
func (f previewFlags) fromCluster(ctx context.Context, name string) (*declared.World, *crier.Broadcast, error) {
	if name == "" {
		return nil, nil, usage("name the Broadcast, or give files with -f")
	}
	c, namespace, err := f.cluster.connect()
	if err != nil {
		return nil, nil, exit{err, exitUsage}
	}
	w, b, err := live.Broadcast(ctx, c, f.operator, namespace, name)
	switch {
	case errors.Is(err, live.ErrNotFound):
		return nil, nil, exit{fmt.Errorf("there is no Broadcast %s in namespace %s that you may read", terminal.Line(name), terminal.Line(namespace)), exitProblems}
	case err != nil:
		return nil, nil, exit{err, exitUsage}
	}
	return w, b, nil
}

// pick finds the Broadcast of a name; the only one if no name is given.
func pick(w *declared.World, namespace, name string, skips manifest.Skips) (*crier.Broadcast, error) {
	var found []*crier.Broadcast
	var all []string
	for _, key := range w.Broadcasts.Keys() {
		b, _ := w.Broadcasts.Get(key)
		if namespace != "" && key.Namespace != namespace {
			continue
		}
		all = append(all, key.Name)
		if name == "" || key.Name == name {
			found = append(found, b.Value)
		}
	}
	slices.Sort(all)
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(all) == 0:
		if len(skips) > 0 {
			return nil, usage("there is no Broadcast in these files; %s", skips)
		}
		return nil, usage("there is no Broadcast in these files")
	case len(found) == 0:
		return nil, usage("there is no Broadcast %s in these files; there are %s", terminal.Line(name), terminal.Line(strings.Join(all, ", ")))
	case name == "":
		return nil, usage("there are several Broadcasts; name one of %s", terminal.Line(strings.Join(all, ", ")))
	}
	return nil, usage("there are several Broadcasts %s: give the namespace with -n", terminal.Line(name))
}
