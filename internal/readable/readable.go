// Package readable keeps an object that can't be decoded from costing more than
// itself. The kinds are read without what can't be (see Undecoded in
// api/v1alpha1), so that lists and watches of their siblings go on; a client of
// this package then refuses to hand such an object to whoever asks for it by
// name, and to write it back without what it lacks.
package readable

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Error says that an object is there and a part of it can't be read.
type Error struct {
	// Kind, Namespace and Name are those of the object.
	Kind, Namespace, Name string
	// Fields says which fields can't be read and what they must be, without
	// their values.
	Fields string
}

// Error implements error.
func (e *Error) Error() string {
	name := e.Name
	if e.Namespace != "" {
		name = e.Namespace + "/" + name
	}
	return fmt.Sprintf("%s %s can't be read: %s", e.Kind, name, e.Fields)
}

// Is says whether err is about an object that can't be read.
func Is(err error) bool {
	var e *Error
	return errors.As(err, &e)
}

// Ignore is nil if err is about an object that can't be read: for callers that
// only use what is so of it by its metadata, and that it isn't Ready.
func Ignore(err error) error {
	if Is(err) {
		return nil
	}
	return err
}

// Check is an *Error if a part of the object can't be read, or nil.
func Check(obj client.Object) error {
	d, ok := obj.(interface{ Undecoded() string })
	if !ok || d.Undecoded() == "" {
		return nil
	}
	kind := reflect.TypeOf(obj).Elem().Name()
	return &Error{Kind: kind, Namespace: obj.GetNamespace(), Name: obj.GetName(), Fields: d.Undecoded()}
}

// Reader reads through another one. Get fails with an *Error for an object that
// can't be read, of which it gives what can be. List gives such objects beside
// the others: none of them is Ready, and Check knows them.
func Reader(r client.Reader) client.Reader { return reader{r} }

type reader struct{ client.Reader }

func (r reader) Get(ctx context.Context, key client.ObjectKey, obj client.Object, options ...client.GetOption) error {
	if err := r.Reader.Get(ctx, key, obj, options...); err != nil {
		return err
	}
	return Check(obj)
}

// Client is a Reader that writes as well, but no object that can't be read. Its
// status may be applied, and it may be deleted.
func Client(c client.Client) client.Client { return guarded{c} }

type guarded struct{ client.Client }

func (g guarded) Get(ctx context.Context, key client.ObjectKey, obj client.Object, options ...client.GetOption) error {
	return reader{g.Client}.Get(ctx, key, obj, options...)
}

func (g guarded) Create(ctx context.Context, obj client.Object, options ...client.CreateOption) error {
	return ifReadable(obj, func() error { return g.Client.Create(ctx, obj, options...) })
}

func (g guarded) Update(ctx context.Context, obj client.Object, options ...client.UpdateOption) error {
	return ifReadable(obj, func() error { return g.Client.Update(ctx, obj, options...) })
}

func (g guarded) Patch(ctx context.Context, obj client.Object, patch client.Patch, options ...client.PatchOption) error {
	return ifReadable(obj, func() error { return g.Client.Patch(ctx, obj, patch, options...) })
}

func ifReadable(obj client.Object, write func() error) error {
	if err := Check(obj); err != nil {
		return err
	}
	return write()
}
