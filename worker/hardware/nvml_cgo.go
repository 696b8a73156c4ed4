//go:build linux && cgo && !nonvml

package hardware

import (
	"context"
	"fmt"
	"sync"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
)

// nvmlSource reads GPUs through libnvidia-ml.so.1, which it opens at run time.
type nvmlSource struct {
	lib  nvml.Interface
	once sync.Once
	err  error
}

func newNVML() Source { return &nvmlSource{lib: nvml.New()} }

func (s *nvmlSource) Name() string { return "nvml" }

// init loads the library once and keeps it for the life of the process.
func (s *nvmlSource) init() error {
	s.once.Do(func() {
		switch ret := s.lib.Init(); ret {
		case nvml.SUCCESS:
		case nvml.ERROR_LIBRARY_NOT_FOUND, nvml.ERROR_DRIVER_NOT_LOADED:
			s.err = fmt.Errorf("%w: %s", ErrNoGPU, nvml.ErrorString(ret))
		default:
			s.err = fmt.Errorf("opening NVML: %s", nvml.ErrorString(ret))
		}
	})
	return s.err
}

// GPUs reads all devices. A figure that a device does not offer is 0.
func (s *nvmlSource) GPUs(context.Context) ([]Device, error) {
	if err := s.init(); err != nil {
		return nil, err
	}
	n, ret := s.lib.DeviceGetCount()
	if ret != nvml.SUCCESS {
		return nil, fmt.Errorf("counting devices: %s", nvml.ErrorString(ret))
	}
	if n == 0 {
		return nil, ErrNoGPU
	}
	devices := make([]Device, 0, n)
	for i := range n {
		h, ret := s.lib.DeviceGetHandleByIndex(i)
		if ret != nvml.SUCCESS {
			return nil, fmt.Errorf("device %d: %s", i, nvml.ErrorString(ret))
		}
		name, ret := h.GetName()
		if ret != nvml.SUCCESS {
			return nil, fmt.Errorf("device %d: name: %s", i, nvml.ErrorString(ret))
		}
		d := Device{Model: name}
		if m, ret := h.GetMemoryInfo(); ret == nvml.SUCCESS {
			d.MemoryMB, d.UsedMB = int(m.Total>>20), int(m.Used>>20)
		}
		if u, ret := h.GetUtilizationRates(); ret == nvml.SUCCESS {
			d.Utilization = int(u.Gpu)
		}
		if t, ret := h.GetTemperature(nvml.TEMPERATURE_GPU); ret == nvml.SUCCESS {
			d.TempCelsius = int(t)
		}
		devices = append(devices, d)
	}
	return devices, nil
}
