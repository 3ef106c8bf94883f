"""What is known of a device."""

from __future__ import annotations

from ....ops.dataclass import dataclass
from ..driver.protocol import Attribute, Driver


@dataclass(frozen=True)
class Properties:
    """What is known of a device; names are PyTorch's.

    Attributes:
        total_memory: Bytes.
        uuid: Hexadecimal.
    """

    name: str
    major: int
    minor: int
    total_memory: int
    multi_processor_count: int
    max_threads_per_multi_processor: int
    max_threads_per_block: int
    warp_size: int
    regs_per_multiprocessor: int
    shared_memory_per_block: int
    shared_memory_per_block_optin: int
    shared_memory_per_multiprocessor: int
    L2_cache_size: int
    clock_rate: int
    memory_clock_rate: int
    memory_bus_width: int
    is_integrated: int
    is_multi_gpu_board: int
    pci_bus_id: int
    pci_device_id: int
    pci_domain_id: int
    uuid: str


def read_properties(driver: Driver, number: int) -> Properties:
    """The properties of a device."""

    def attribute(which: int) -> int:
        return driver.device_attribute(number, which)

    return Properties(
        name=driver.device_name(number),
        major=attribute(Attribute.COMPUTE_CAPABILITY_MAJOR),
        minor=attribute(Attribute.COMPUTE_CAPABILITY_MINOR),
        total_memory=driver.device_memory(number),
        multi_processor_count=attribute(Attribute.MULTIPROCESSOR_COUNT),
        max_threads_per_multi_processor=attribute(Attribute.MAX_THREADS_PER_MULTIPROCESSOR),
        max_threads_per_block=attribute(Attribute.MAX_THREADS_PER_BLOCK),
        warp_size=attribute(Attribute.WARP_SIZE),
        regs_per_multiprocessor=attribute(Attribute.MAX_REGISTERS_PER_MULTIPROCESSOR),
        shared_memory_per_block=attribute(Attribute.MAX_SHARED_MEMORY_PER_BLOCK),
        shared_memory_per_block_optin=attribute(Attribute.MAX_SHARED_MEMORY_PER_BLOCK_OPTIN),
        shared_memory_per_multiprocessor=attribute(Attribute.MAX_SHARED_MEMORY_PER_MULTIPROCESSOR),
        L2_cache_size=attribute(Attribute.L2_CACHE_SIZE),
        clock_rate=attribute(Attribute.CLOCK_RATE),
        memory_clock_rate=attribute(Attribute.MEMORY_CLOCK_RATE),
        memory_bus_width=attribute(Attribute.GLOBAL_MEMORY_BUS_WIDTH),
        is_integrated=attribute(Attribute.INTEGRATED),
        is_multi_gpu_board=attribute(Attribute.MULTI_GPU_BOARD),
        pci_bus_id=attribute(Attribute.PCI_BUS_ID),
        pci_device_id=attribute(Attribute.PCI_DEVICE_ID),
        pci_domain_id=attribute(Attribute.PCI_DOMAIN_ID),
        uuid=driver.device_uuid(number).hex(),
    )
