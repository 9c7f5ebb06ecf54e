package v1alpha1

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// salvage reads what can be read of an object, field by field, into plain, a
// pointer to a struct. It returns what is wrong outside of its status. Without
// metadata nobody knows which object it is: that is an error.
func salvage(data []byte, plain any) (problems []string, err error) {
	v := reflect.ValueOf(plain).Elem()
	v.SetZero()
	var fields map[string]json.RawMessage
	if err := utiljson.Unmarshal(data, &fields); err != nil {
		return nil, err
	}
	for name, raw := range fields {
		if name == "apiVersion" || name == "kind" || name == "metadata" {
			continue
		}
		delete(fields, name)
		field, ok := fieldOf(v, name)
		if !ok {
			continue
		}
		var r reader
		if whole := r.read(raw, field, name); !whole && name == "status" {
			field.SetZero()
		}
		if name != "status" {
			problems = append(problems, r.problems...)
		}
	}
	head, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	return problems, utiljson.Unmarshal(head, plain)
}

// fieldOf is the field that has a name in JSON.
func fieldOf(v reflect.Value, name string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if is, _ := tag(v.Type().Field(i)); is == name {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// tag is the name of a field in JSON, and whether it may be left out.
func tag(f reflect.StructField) (name string, optional bool) {
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	if !f.IsExported() {
		return "", false
	}
	return name, f.Type.Kind() == reflect.Pointer || strings.Contains(options, "omit")
}

// reader collects what is wrong.
type reader struct {
	problems []string //nolint:kubeapilinter // no field of an object
}

var unmarshaler = reflect.TypeFor[interface{ UnmarshalJSON([]byte) error }]()

// read puts a value into v, without what can't be read: the smallest part that
// may be left out, whether a field or an item of a list. whole is false if v
// itself would have to be.
func (r *reader) read(raw json.RawMessage, v reflect.Value, path string) (whole bool) {
	fresh := reflect.New(v.Type())
	if err := utiljson.Unmarshal(raw, fresh.Interface()); err == nil {
		v.Set(fresh.Elem())
		return true
	}
	var err error
	switch {
	case v.Kind() == reflect.Pointer:
		element := reflect.New(v.Type().Elem())
		if whole = r.read(raw, element.Elem(), path); whole {
			v.Set(element)
		}
		return whole
	case reflect.PointerTo(v.Type()).Implements(unmarshaler):
		err = errors.ErrUnsupported // it has no parts
	case v.Kind() == reflect.Struct:
		whole, err = r.fields(raw, v, path)
	case v.Kind() == reflect.Slice:
		whole, err = r.items(raw, v, path)
	default:
		err = errors.ErrUnsupported
	}
	if err != nil {
		r.problems = append(r.problems, fmt.Sprintf("%s must be %s", path, wanted(v.Type())))
		return false
	}
	return whole
}

func (r *reader) fields(raw json.RawMessage, v reflect.Value, path string) (whole bool, err error) {
	var given map[string]json.RawMessage
	if err := utiljson.Unmarshal(raw, &given); err != nil {
		return false, err
	}
	whole = true
	for i := range v.NumField() {
		name, optional := tag(v.Type().Field(i))
		if value, ok := given[name]; ok && !r.read(value, v.Field(i), path+"."+name) {
			whole = whole && optional
			if optional {
				v.Field(i).SetZero()
			}
		}
	}
	return whole, nil
}

func (r *reader) items(raw json.RawMessage, v reflect.Value, path string) (whole bool, err error) {
	var given []json.RawMessage
	if err := utiljson.Unmarshal(raw, &given); err != nil {
		return false, err
	}
	v.SetZero()
	for i, value := range given {
		item := reflect.New(v.Type().Elem()).Elem()
		if r.read(value, item, fmt.Sprintf("%s[%d]", path, i)) {
			v.Set(reflect.Append(v, item))
		}
	}
	return true, nil
}

// wanted are words for what a field must be.
func wanted(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[metav1.Time](), reflect.TypeFor[metav1.MicroTime]():
		return "a time such as 2026-03-10T17:00:00Z or 2026-03-10T17:00:00-05:00"
	case reflect.TypeFor[metav1.Duration]():
		return "a duration such as 90s, 30m or 24h"
	}
	switch kind := t.Kind(); {
	case kind == reflect.Bool:
		return "true or false"
	case kind == reflect.String:
		return "a text"
	case kind == reflect.Slice:
		return "a list"
	case slices.Contains([]reflect.Kind{reflect.Int32, reflect.Int64}, kind):
		return fmt.Sprintf("a whole number that %d bits hold", t.Bits())
	}
	return "an object with fields"
}
