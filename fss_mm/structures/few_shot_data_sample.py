"""What is known of one episode, as it travels from data set to metric.

Shape letters: h w feature size, H W mask size.
"""

from mmengine.structures import PixelData
from mmseg.structures import SegDataSample


class FewShotSegDataSample(SegDataSample):
    """mmseg's data sample, of the query; the supports are inputs of the network.

    ``gt_sem_seg`` (1, H, W) and ``pred_sem_seg`` (1, H, W) are 0 background, 1 the
    episode's class and 255 ignore; a query to be predicted may have no truth.
    ``seg_logits`` has the head's resolution, (2, h, w); that of the prediction where it
    was averaged over scales or refined.

    Meta information: ``class_id`` (int), ``class_name`` (str), ``fold`` (int or None),
    ``seed`` and ``number`` of the episode (int), ``episode`` (what its data set loads
    it by), ``support_set_seed`` (int, of what is random about learning from its
    supports), ``query_name`` (str), ``support_names`` (tuple of str), ``img_path``
    (str), ``support_img_paths``, ``ori_shape``, ``img_shape`` and
    ``support_ori_shapes`` and ``support_img_shapes`` ((height, width)),
    ``class_pixels`` of the query's mask and ``support_class_pixels`` of the supports'
    (int: how many pixels of the class they show behind their pipelines), ``query_key``
    and ``support_keys`` (what names the pixels, see
    :class:`~fss_mm.structures.LoadedImage`). A segmentor adds
    ``align_corners`` (bool) and ``resize_mode`` (str), of its logits, and
    ``diverged`` (bool), where fine-tuning failed; a joint test ``test`` and ``places``,
    see :class:`~fss_mm.structures.SharedEpisode`.
    """

    @property
    def base_sem_seg(self) -> PixelData:
        """The query's labels of the base classes: ``data`` is (1, H, W), uint8."""
        return self._base_sem_seg

    @base_sem_seg.setter
    def base_sem_seg(self, value: PixelData) -> None:
        self.set_field(value, '_base_sem_seg', dtype=PixelData)

    @base_sem_seg.deleter
    def base_sem_seg(self) -> None:
        del self._base_sem_seg
