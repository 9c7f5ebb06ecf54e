// Package declared holds what manifests declare, and finds what belongs
// together: a Broadcast, its lists, their subscribers, its template, its
// files. It makes up what is missing where that is asked for, so that a
// message can be looked at before there is a cluster.
package declared

import (
	"encoding/base64"
	"fmt"
	"maps"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/client/manifest"
)

// Key names an object of a known kind. An empty Namespace is one of its own:
// that of objects that leave it to whoever applies them.
type Key struct{ Namespace, Name string }

// Of is a declared object and where it is written; Object is nil if it isn't
// from a file.
type Of[T any] struct {
	Value  T
	Object *manifest.Object
}

// Index holds the objects of one kind, in the order in which they came.
type Index[T any] struct {
	keys []Key
	all  map[Key]Of[T]
}

func (x *Index[T]) put(key Key, o Of[T]) {
	if x.all == nil {
		x.all = map[Key]Of[T]{}
	}
	if _, there := x.all[key]; !there {
		x.keys = append(x.keys, key)
	}
	x.all[key] = o
}

// Get finds one.
func (x *Index[T]) Get(key Key) (Of[T], bool) {
	o, ok := x.all[key]
	return o, ok
}

// Keys are those of all objects, in the order in which they came.
func (x *Index[T]) Keys() []Key { return x.keys }

// Names are those of a namespace.
func (x *Index[T]) Names(namespace string) (names []string) {
	for _, key := range x.keys {
		if key.Namespace == namespace {
			names = append(names, key.Name)
		}
	}
	return names
}

// Files are what a ConfigMap or Secret holds.
type Files struct {
	// Data by key.
	Data map[string][]byte
	// Use is the value of the label crier.dev/use.
	Use string
}

// World is everything that is declared.
type World struct {
	Broadcasts Index[*crier.Broadcast]
	Lists      Index[*crier.MailingList]
	Sets       Index[*crier.SubscriberSet]
	Templates  Index[*crier.MessageTemplate]
	Relays     Index[*crier.Relay]
	// Suppressions of all namespaces that are declared here.
	Suppressions Index[*crier.Suppression]
	// ConfigMaps and Secrets with what is in them.
	ConfigMaps, Secrets Index[Files]

	// Now is the time that ends of suppressions are compared with.
	Now time.Time
	// Live says that everything is from a cluster, where what isn't there isn't
	// declared elsewhere.
	Live bool
	// Operator is Crier's own namespace, where suppressions of scope Global are
	// heeded.
	Operator string

	rosters map[Key]*Roster
	absent  map[string]bool
	hidden  map[string]bool
}

// Absent notes that a cluster has no such object: then it isn't only unknown.
func (w *World) Absent(kind string, key Key) {
	if w.absent == nil {
		w.absent = map[string]bool{}
	}
	w.absent[kind+"/"+key.Namespace+"/"+key.Name] = true
}

func (w *World) missing(kind string, key Key) bool {
	return w.absent[kind+"/"+key.Namespace+"/"+key.Name]
}

// Hide notes that the objects of a kind in a namespace may not be listed.
func (w *World) Hide(kind, namespace string) {
	if w.hidden == nil {
		w.hidden = map[string]bool{}
	}
	w.hidden[kind+"/"+namespace] = true
}

func (w *World) isHidden(kind, namespace string) bool { return w.hidden[kind+"/"+namespace] }

// Add takes an object in the types of JSON, with defaults. What it can't use
// it leaves alone. An error says that the object isn't of the form of its
// kind.
func (w *World) Add(content map[string]any, from *manifest.Object) error {
	apiVersion, _ := content["apiVersion"].(string)
	kind, _ := content["kind"].(string)
	switch apiVersion + "/" + kind {
	case crier.GroupVersion.String() + "/Broadcast":
		return add(&w.Broadcasts, content, from)
	case crier.GroupVersion.String() + "/MailingList":
		return add(&w.Lists, content, from)
	case crier.GroupVersion.String() + "/SubscriberSet":
		return add(&w.Sets, content, from)
	case crier.GroupVersion.String() + "/MessageTemplate":
		return add(&w.Templates, content, from)
	case crier.GroupVersion.String() + "/Relay":
		return add(&w.Relays, content, from)
	case crier.GroupVersion.String() + "/Suppression":
		return add(&w.Suppressions, content, from)
	case "v1/ConfigMap":
		w.ConfigMaps.put(keyOf(content), filesOf(content, "data", "binaryData", from))
	case "v1/Secret":
		w.Secrets.put(keyOf(content), filesOf(content, "stringData", "data", from))
	default:
		w.provided(content, from)
	}
	return nil
}

func add[T any](to *Index[*T], content map[string]any, from *manifest.Object) error {
	typed := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, typed); err != nil {
		return fmt.Errorf("this doesn't have the form of its kind: %w", err)
	}
	if d, ok := any(typed).(interface{ Undecoded() string }); ok && d.Undecoded() != "" {
		return fmt.Errorf("this doesn't have the form of its kind: %s", d.Undecoded())
	}
	to.put(keyOf(content), Of[*T]{typed, from})
	return nil
}

func keyOf(content map[string]any) Key {
	meta, _ := content["metadata"].(map[string]any)
	namespace, _ := meta["namespace"].(string)
	name, _ := meta["name"].(string)
	return Key{namespace, name}
}

// files are those of a ConfigMap or Secret: texts, and octets in base64.
func files(content map[string]any, texts, packed string) Files {
	out := Files{Data: map[string][]byte{}}
	if encoded, ok := content[packed].(map[string]any); ok {
		for key, value := range encoded {
			text, _ := value.(string)
			if octets, err := base64.StdEncoding.DecodeString(text); err == nil {
				out.Data[key] = octets
			}
		}
	}
	if plain, ok := content[texts].(map[string]any); ok {
		maps.Copy(out.Data, octets(plain))
	}
	meta, _ := content["metadata"].(map[string]any)
	labels, _ := meta["labels"].(map[string]any)
	out.Use, _ = labels[crier.LabelUse].(string)
	return out
}

func octets(texts map[string]any) map[string][]byte {
	out := map[string][]byte{}
	for key, value := range texts {
		if text, ok := value.(string); ok {
			out[key] = []byte(text)
		}
	}
	return out
}
