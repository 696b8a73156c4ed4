//go:build linux && cgo && !nonvml

package hardware

import (
	"errors"
	"reflect"
	"testing"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
	"github.com/NVIDIA/go-nvml/pkg/nvml/mock"
)

func TestNVMLReadsDevices(t *testing.T) {
	device := &mock.Device{
		GetNameFunc: func() (string, nvml.Return) { return "NVIDIA H200", nvml.SUCCESS },
		GetMemoryInfoFunc: func() (nvml.Memory, nvml.Return) {
			return nvml.Memory{Total: 143771 << 20, Used: 5 << 20}, nvml.SUCCESS
		},
		GetUtilizationRatesFunc: func() (nvml.Utilization, nvml.Return) { return nvml.Utilization{}, nvml.ERROR_NOT_SUPPORTED },
		GetTemperatureFunc:      func(nvml.TemperatureSensors) (uint32, nvml.Return) { return 33, nvml.SUCCESS },
	}
	lib := &mock.Interface{
		InitFunc:                   func() nvml.Return { return nvml.SUCCESS },
		DeviceGetCountFunc:         func() (int, nvml.Return) { return 1, nvml.SUCCESS },
		DeviceGetHandleByIndexFunc: func(int) (nvml.Device, nvml.Return) { return device, nvml.SUCCESS },
	}
	s := &nvmlSource{lib: lib}
	want := []Device{{Model: "NVIDIA H200", MemoryMB: 143771, UsedMB: 5, TempCelsius: 33}}
	for range 2 {
		if got, err := s.GPUs(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v %v, want %+v", got, err, want)
		}
	}
	if n := len(lib.InitCalls()); n != 1 {
		t.Errorf("the library was opened %d times", n)
	}
}

func TestNVMLWithoutDriver(t *testing.T) {
	for ret, want := range map[nvml.Return]bool{nvml.ERROR_LIBRARY_NOT_FOUND: true, nvml.ERROR_DRIVER_NOT_LOADED: true, nvml.ERROR_LIB_RM_VERSION_MISMATCH: false} {
		s := &nvmlSource{lib: &mock.Interface{InitFunc: func() nvml.Return { return ret }}}
		if _, err := s.GPUs(t.Context()); err == nil || errors.Is(err, ErrNoGPU) != want {
			t.Errorf("%v: %v", ret, err)
		}
	}
}
