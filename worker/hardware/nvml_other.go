//go:build !linux || !cgo || nonvml

package hardware

import (
	"context"
	"fmt"
)

// nvmlSource says that this build has no NVML.
type nvmlSource struct{}

func newNVML() Source { return nvmlSource{} }

func (nvmlSource) Name() string { return "nvml" }

func (nvmlSource) GPUs(context.Context) ([]Device, error) {
	return nil, fmt.Errorf("%w: this build has no NVML", ErrNoGPU)
}
