// Package readable keeps an object that can't be decoded from costing more than
// itself. The kinds are read without what can't be (see Undecoded in
// api/v1alpha1), so that lists and watches of their siblings go on. Whoever asks
// for one by name, or would write it back without what it lacks, has to Check it;
// internal/cluster/intact does that.
package readable

import (
	"errors"
	"fmt"
	"reflect"
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

// Check is an *Error if a part of the object (a pointer to one of a kind) can't be
// read, or nil.
func Check(obj interface {
	GetName() string
	GetNamespace() string
}) error {
	d, ok := obj.(interface{ Undecoded() string })
	if !ok || d.Undecoded() == "" {
		return nil
	}
	kind := reflect.TypeOf(obj).Elem().Name()
	return &Error{Kind: kind, Namespace: obj.GetNamespace(), Name: obj.GetName(), Fields: d.Undecoded()}
}
