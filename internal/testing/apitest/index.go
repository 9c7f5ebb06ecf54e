package apitest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// indexed lets a client without a cache list by the field indexes that a
// controller registers with its cache: an API server doesn't know those.
type indexed struct {
	client.WithWatch
	functions map[string]client.IndexerFunc // by type and field
}

// Index registers a field index, as a manager's FieldIndexer does.
func (s *Server) Index(obj client.Object, field string, f client.IndexerFunc) {
	if s.indexes.functions == nil {
		s.indexes.functions = map[string]client.IndexerFunc{}
	}
	s.indexes.functions[reflect.TypeOf(obj).String()+"/"+field] = f
}

// List implements client.Reader.
func (c *indexed) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	var o client.ListOptions
	o.ApplyOptions(options)
	if o.FieldSelector == nil {
		return c.WithWatch.List(ctx, list, options...)
	}
	selector := o.FieldSelector
	o.FieldSelector = nil
	if err := c.WithWatch.List(ctx, list, &o); err != nil {
		return err
	}
	items, err := meta.ExtractList(list)
	if err != nil {
		return err
	}
	kept := []runtime.Object{}
	for _, item := range items {
		all := true
		for _, want := range selector.Requirements() {
			f := c.functions[reflect.TypeOf(item).String()+"/"+want.Field]
			obj, ok := item.(client.Object)
			if f == nil || !ok {
				return fmt.Errorf("no index %s of %s", want.Field, strings.TrimPrefix(reflect.TypeOf(item).String(), "*"))
			}
			all = all && slices.Contains(f(obj), want.Value)
		}
		if all {
			kept = append(kept, item)
		}
	}
	return meta.SetList(list, kept)
}
